/** Unpacks the points of LAZ files with laz-perf. */
import { type Bytes, concatBytes } from '../util/bytes.js';
import { once } from '../util/once.js';
import { wasmForbidden } from './emscripten.js';
import { fileError } from './file-view.js';
import type { LasLayout } from './las-layout.js';
import { type LazPerf, loadLazPerf } from './laz-perf.js';
import type { CodecConfig } from './types.js';

// Compiled once for each address that it comes from.
const loaders = new Map<string | undefined, () => Promise<LazPerf | undefined>>();
/**
 * Unpacks points `[start, end)` of a LAZ file, which begins to be read at its first point all the same.
 *
 * Memory grows with what has been unpacked, and not with what the header promises.
 * @returns the points one after another, `layout.pointBytes` each.
 * @throws {DatasetError} `codec` when the file is damaged before `end`; `unsupported` where WebAssembly is forbidden.
 */
export async function unpackLaz(
  file: Bytes,
  { pointBytes }: LasLayout,
  [start, end]: readonly [number, number],
  config: CodecConfig,
): Promise<Bytes> {
  const { wasmUrl } = config;
  const load = loaders.get(wasmUrl) ?? once(() => loadLazPerf(config));
  loaders.set(wasmUrl, load);
  const lazPerf = await load();
  if (!lazPerf) throw wasmForbidden('Unpacking LAZ');
  const pieces: Bytes[] = [];
  try {
    await lazPerf.unpack(file, pointBytes, end, (points, first) => {
      if (first + points.length / pointBytes > start)
        pieces.push(points.slice(Math.max(0, start - first) * pointBytes));
    });
  } catch (error) {
    throw fileError('las', error instanceof Error ? error.message : 'its points are damaged', error);
  }
  return concatBytes(pieces);
}
