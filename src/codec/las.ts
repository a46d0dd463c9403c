/** las: every number of the point records as a float32 column, as Deep Lake 3.9.52 has them. LAZ is read, too. */
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { fillLasColumn } from './las-columns.js';
import { readLasLayout } from './las-layout.js';
import { unpackLaz } from './laz.js';
import type { Codec, CodecConfig, DecodeHint } from './types.js';

/**
 * Makes the codec that decodes LAS and LAZ files to `[points, dimensions]`, in the order of `dimension_names` in the
 * sample's facts.
 *
 * X, Y and Z are whole numbers as stored: multiply by `scales` and add `offsets` of `las_header` for coordinates.
 */
export function createLas(config: CodecConfig): Codec {
  return { decode: (bytes, hint) => decodeLas(bytes, hint, config) };
}

async function decodeLas(bytes: Bytes, { rows }: DecodeHint, config: CodecConfig): Promise<NdArray> {
  const layout = readLasLayout(bytes);
  const { start: from, pointBytes, dimensions } = layout;
  const end = Math.min(rows?.[1] ?? Infinity, layout.points);
  const start = Math.min(rows?.[0] ?? 0, end);
  const records = layout.packed
    ? await unpackLaz(bytes, layout, [start, end], config)
    : bytes.subarray(from + start * pointBytes, from + end * pointBytes);
  const shape = [end - start, dimensions.size];
  const data = new Float32Array((end - start) * dimensions.size);
  let column = 0;
  for (const dimension of dimensions.values()) {
    fillLasColumn(records, pointBytes, dimension, data, column++, dimensions.size);
  }
  return { dtype: 'float32', shape, data };
}
