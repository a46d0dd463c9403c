/** Reads parts of LAS and LAZ files: of LAS no more than the header and the points that are asked for. */
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import type { LasColumns } from './las-columns.js';
import { LAS_HEADER, type LasLayout, lasHeadLength, readLasLayout } from './las-layout.js';
import type { Codecs } from './types.js';

/** Points `[start, end)`, cut to what there is. */
export interface LasPart extends CallOptions {
  /** First point; default 0. */
  readonly start?: number;
  /** End of the part, exclusive; default: all points. */
  readonly end?: number;
}

/** Reads the layout of a file: one or two reads of a LAS file, all of a LAZ file. @throws {DatasetError} `codec` */
export async function readLasHead(source: ByteSource, options?: CallOptions): Promise<LasLayout> {
  const head = await source.read(0, Math.min(LAS_HEADER, source.size), options);
  const length = lasHeadLength(head, source.size);
  const isPacked = ((head[104] ?? 0) & 0xc0) !== 0;
  if (isPacked) return readLasLayout(await source.read(0, source.size, options));
  const whole = length > head.length ? await source.read(0, length, options) : head;
  return readLasLayout(whole, source.size);
}

/**
 * Reads columns in the types of the file, in a worker where there is one.
 *
 * @param names - absent: all; each is one of the layout's dimensions.
 * @throws {RangeError} for a name that the file does not have, or a part that is none
 * @throws {DatasetError} `codec` when the file is damaged
 */
export async function readLasPart(
  source: ByteSource,
  layout: LasLayout,
  codecs: Codecs,
  names: readonly string[] = [...layout.dimensions.keys()],
  { start: from = 0, end: to = Infinity, signal }: LasPart = {},
): Promise<LasColumns> {
  for (const name of names) {
    if (layout.dimensions.has(name)) continue;
    throw new RangeError(`The points have no "${name}", only ${[...layout.dimensions.keys()].join(', ')}.`);
  }
  if (!Number.isSafeInteger(from) || from < 0 || !(to >= from) || (to !== Infinity && !Number.isSafeInteger(to)))
    throw new RangeError(`A part goes from a whole number up to one that is not below it, got ${from} to ${to}.`);
  const call = signal ? { signal } : {};
  const end = Math.min(to, layout.points);
  const start = Math.min(from, end);
  const { pointBytes } = layout;
  const bytes = layout.packed
    ? await source.read(0, source.size, call)
    : await source.read(layout.start + start * pointBytes, layout.start + end * pointBytes, call);
  return codecs.run('las-columns', { layout, bytes, start, end, names }, call);
}

/** Coordinates `[points, 3]` of columns X, Y and Z, in the unit of the file. */
export function lasCoordinates({ scales, offsets }: LasLayout, columns: LasColumns): NdArray<'float64'> {
  const axes = ['X', 'Y', 'Z'].map((name) => columns[name] ?? new Int32Array(0));
  const count = axes[0]?.length ?? 0;
  const data = new Float64Array(3 * count);
  for (const [axis, numbers] of axes.entries()) {
    const [scale = 1, offset = 0] = [scales[axis], offsets[axis]];
    for (let i = 0, to = axis; i < count; i++, to += 3) data[to] = Number(numbers[i]) * scale + offset;
  }
  return { dtype: 'float64', shape: [count, 3], data };
}
