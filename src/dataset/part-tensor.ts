/** Tensors of saved views that show a part of each sample (`spec` §10). Loaded with the first such view. */
import type { Region } from '../chunk/region.js';
import { errorAt } from '../errors.js';
import type { IndexEntry } from '../format/dataset-meta.js';
import { bytesFromNdArray, itemSize, type NdArray, ndArrayFromBytes } from '../format/dtypes.js';
import { sequenceAt } from '../format/sequences.js';
import type { CallOptions } from '../store/types.js';
import { readEntries } from './read-entries.js';
import { hasRegions, readRegion } from './regions.js';
import type { Session, TensorRef } from './session.js';
import { Tensor } from './tensor.js';

/** The index of each axis of a sample, as Python has it. */
export type Part = readonly IndexEntry[];

const parts = new WeakMap<Tensor, Part>();

/** The part of its samples that a tensor of a view shows; undefined for whole ones. */
export function partOf(tensor: Tensor): Part | undefined {
  return parts.get(tensor);
}

/**
 * Makes a tensor whose rows read as arrays of a part of each sample; of a sequence, the first axis counts its items.
 * Samples that are no arrays of numbers (texts, JSON, links) are read whole.
 */
export function partTensor(session: Session, ref: TensorRef, part: Part): Tensor {
  const readRange = async (start: number, end: number, options?: CallOptions): Promise<unknown[]> => {
    const { meta, sequences } = await session.source(ref);
    if (!hasRegions(meta)) return readEntries(session, ref, start, end, options);
    const rows: unknown[] = [];
    for (let row = start; row < end; row++) {
      options?.signal?.throwIfAborted();
      if (!sequences) {
        rows.push(await readPart(session, ref, row, undefined, part, options));
        continue;
      }
      const { start: first, end: behind } = sequenceAt(sequences, row);
      const [which = null, ...within] = part;
      const items = positionsOf(which, behind - first);
      const read = (item: number) => readPart(session, ref, row, item, within, options);
      rows.push(typeof which === 'number' ? await read(items[0] ?? 0) : await Promise.all(items.map(read)));
    }
    return rows;
  };
  const tensor = Object.assign(new Tensor(session, ref), { readRange });
  parts.set(tensor, part);
  return tensor;
}

/** Reads no more than the box around a part where it can, and picks from that what steps and lists name. */
async function readPart(
  session: Session,
  { name, ...ref }: TensorRef,
  row: number,
  item: number | undefined,
  part: Part,
  options: CallOptions = {},
): Promise<NdArray> {
  const region: Region = part.map((entry) => (isPlain(entry) ? rangeOf(entry) : null));
  const place = { region, ...(item !== undefined && { item }), ...options };
  try {
    let array = await readRegion(session, { name, ...ref }, row, place);
    let axis = 0;
    for (const entry of part) {
      if (typeof entry === 'number') continue; // that axis is gone
      const size = array.shape[axis] ?? 0;
      const step = isPlain(entry) ? { start: null, stop: null, step: entry.step } : entry;
      if (!isPlain(entry) || (entry.step ?? 1) > 1) array = pickAlong(array, axis, positionsOf(step, size));
      axis++;
    }
    return array;
  } catch (error) {
    throw errorAt(error, { tensor: name, index: row });
  }
}

/** Whether an entry is a box, but for its step. */
function isPlain(entry: IndexEntry): entry is Exclude<IndexEntry, readonly number[]> {
  return typeof entry === 'number' || (!isList(entry) && (entry.step ?? 1) >= 1);
}

function isList(entry: IndexEntry): entry is readonly number[] {
  return Array.isArray(entry);
}

function rangeOf(entry: Exclude<IndexEntry, readonly number[]>): Region[number] {
  if (typeof entry === 'number') return entry;
  return [entry.start ?? 0, entry.stop ?? Number.MAX_SAFE_INTEGER]; // cut to what there is
}

/** The places of an axis that an entry names, in its order. @throws {RangeError} for one that is not there */
function positionsOf(entry: IndexEntry | null, size: number): number[] {
  if (typeof entry === 'number' || (entry && isList(entry))) {
    return [entry].flat().map((position) => {
      const at = position < 0 ? size + position : position;
      if (at >= 0 && at < size) return at;
      throw new RangeError(`An axis of the part has ${size} places; there is none at ${position}.`);
    });
  }
  const step = entry?.step ?? 1;
  if (step === 0) throw new RangeError('The step of a slice is 0: the view is damaged.');
  const clamp = (at: number, low: number, high: number) => Math.min(high, Math.max(low, at < 0 ? size + at : at));
  const positions: number[] = [];
  if (step > 0) {
    const stop = clamp(entry?.stop ?? size, 0, size);
    for (let at = clamp(entry?.start ?? 0, 0, size); at < stop; at += step) positions.push(at);
    return positions;
  }
  const stop = entry?.stop == null ? -1 : clamp(entry.stop, -1, size - 1);
  for (let at = clamp(entry?.start ?? size - 1, -1, size - 1); at > stop; at += step) positions.push(at);
  return positions;
}

/** An array with some places of one axis, in their order. */
function pickAlong(array: NdArray, axis: number, positions: readonly number[]): NdArray {
  const bytes = bytesFromNdArray(array);
  const size = array.shape[axis] ?? 0;
  const run = array.shape.slice(axis + 1).reduce((product, length) => product * length, itemSize(array.dtype));
  const before = array.shape.slice(0, axis).reduce((product, length) => product * length, 1);
  const out = new Uint8Array(before * positions.length * run);
  let at = 0;
  for (let i = 0; i < before; i++) {
    for (const position of positions) {
      const start = (i * size + position) * run;
      out.set(bytes.subarray(start, start + run), at);
      at += run;
    }
  }
  const shape = array.shape.map((length, i) => (i === axis ? positions.length : length));
  return ndArrayFromBytes(out, array.dtype, shape, 'part');
}
