/** Checks one stored sample against what is recorded of it. */

import { isImageCompression, loadLz4 } from '../chunk/codecs.js';
import type { CodecPool } from '../codec/pool.js';
import { codecEntry } from '../codec/table.js';
import { isDatasetError } from '../errors.js';
import { elementCount, isDtype, itemSize } from '../format/dtypes.js';
import { parseJson } from '../format/json.js';
import { decodePolygons } from '../format/polygon.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { CallOptions } from '../store/types.js';
import { type Bytes, utf8Decode } from '../util/bytes.js';
import { isDamage, messageOf } from './scan.js';

/** What is wrong with a sample: damage, or something that cannot be told here. */
export interface SampleFault {
  readonly level: 'error' | 'warning';
  readonly message: string;
}

const textLike = new Set(['text', 'json', 'list', 'tag']);

/** Whether samples are texts, whatever their number type says. */
export function isTextLike(meta: TensorMeta): boolean {
  return meta.isLink || textLike.has(meta.htype ?? '');
}

const error = (message: string): SampleFault => ({ level: 'error', message });

/**
 * Checks a sample; `bytes` are as stored, after chunk decompression.
 *
 * @param codecs - decodes files, in deep checks.
 */
export async function checkSample(
  meta: TensorMeta,
  shape: readonly number[],
  bytes: Bytes,
  key: string,
  codecs: CodecPool | undefined,
  options: CallOptions,
): Promise<SampleFault | undefined> {
  try {
    if (meta.isLink) return checkText('text', shape, bytes, key);
    if (meta.sampleCompression !== null && meta.sampleCompression !== 'lz4')
      return await checkFile(meta.sampleCompression, meta, shape, bytes, codecs, options);
    let raw = bytes;
    if (meta.sampleCompression === 'lz4') {
      const { decompressBlock } = await loadLz4();
      const isArray = isDtype(meta.dtype) && meta.htype !== 'polygon' && !isTextLike(meta);
      raw = decompressBlock(bytes, isArray ? elementCount(shape) * itemSize(meta.dtype) : undefined);
    }
    if (isTextLike(meta)) return checkText(meta.htype ?? 'text', shape, raw, key);
    if (meta.htype === 'polygon') {
      if (raw.length > 0 && isDtype(meta.dtype)) decodePolygons(raw, meta.dtype, shape.at(-1) ?? 0, key);
      return undefined;
    }
    return checkNumbers(meta, shape, raw);
  } catch (caught) {
    options.signal?.throwIfAborted();
    if (!isDamage(caught)) throw caught;
    const level = isDatasetError(caught, 'unsupported') ? 'warning' : 'error';
    return { level, message: messageOf(caught) };
  }
}

function checkText(htype: string, shape: readonly number[], bytes: Bytes, key: string): SampleFault | undefined {
  const text = utf8Decode(bytes);
  if (htype === 'text') return undefined;
  if (bytes.length === 0)
    return elementCount(shape) === 0 ? undefined : error(`A sample of htype ${htype} has no bytes.`);
  const value = parseJson(text, key);
  if (htype === 'json') return undefined;
  if (!Array.isArray(value)) return error(`A sample of htype ${htype} is not a list.`);
  if (shape.length !== 1 || shape[0] !== value.length)
    return error(`A list of ${value.length} is recorded with shape (${shape.join(', ')}).`);
  return undefined;
}

function checkNumbers(meta: TensorMeta, shape: readonly number[], bytes: Bytes): SampleFault | undefined {
  if (!isDtype(meta.dtype)) return undefined; // told of the tensor
  const expected = elementCount(shape) * itemSize(meta.dtype);
  if (bytes.length !== expected)
    return error(`A sample of shape (${shape.join(', ')}) has ${bytes.length} bytes, expected ${expected}.`);
  if (meta.dtype === 'bool' && bytes.some((byte) => byte > 1)) return error('A bool is neither 0 nor 1.');
  return undefined;
}

/** Checks a stored file: its header in any case, all of it where it can be decoded. */
export async function checkFile(
  compression: string,
  meta: TensorMeta,
  shape: readonly number[],
  bytes: Bytes,
  codecs: CodecPool | undefined,
  options: CallOptions,
): Promise<SampleFault | undefined> {
  if (bytes.length === 0)
    return elementCount(shape) === 0 ? undefined : error(`A file of shape (${shape.join(', ')}) has no bytes.`);
  const entry = codecEntry(compression);
  if (!entry?.loadHeader) return undefined; // an unknown compression is told of the tensor
  const header = (await entry.loadHeader())(bytes);
  const isPicture = isImageCompression(compression);
  if (isPicture && elementCount(header.shape) !== elementCount(shape))
    return error(`A picture of shape (${header.shape.join(', ')}) is recorded with shape (${shape.join(', ')}).`);
  if (!codecs) return undefined;
  const hint = { shape, ...(isDtype(meta.dtype) && { dtype: meta.dtype }) };
  const array = await codecs.decode(compression, bytes, hint, options);
  if (isPicture && elementCount(array.shape) !== elementCount(shape))
    return error(`A picture decodes to shape (${array.shape.join(', ')}), not (${shape.join(', ')}).`);
  return undefined;
}
