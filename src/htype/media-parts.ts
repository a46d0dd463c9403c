/** What is done with the files of media samples. Loads when a sample is asked for its content. */
import { codecEntry } from '../codec/table.js';
import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import { byteSourceOf } from '../util/byte-source.js';
import type { PartOptions } from './media-sample.js';
import type { EncodedSample, StoredMedia, StoredSample } from './types.js';

// By the names of compressions; what is missing has no registered type that browsers know.
const mimeTypes: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  flac: 'audio/flac',
  dcm: 'application/dicom',
  'nii.gz': 'application/gzip',
  stl: 'model/stl',
};

/** The whole file; undefined for raw arrays and empty samples. */
export async function encodedOf(
  { file }: StoredMedia,
  options: CallOptions | undefined,
): Promise<EncodedSample | undefined> {
  if (!file || file.source.size === 0) return undefined;
  return { bytes: await file.source.read(0, file.source.size, options), compression: file.compression };
}

/** The array, or the part of its first axis. `shape` is that of an empty sample. @throws {RangeError} for a part that is none */
export async function arrayOf(
  stored: StoredMedia,
  shape: readonly number[],
  { start = 0, end, signal }: PartOptions = {},
): Promise<NdArray> {
  const call = signal ? { signal } : {};
  const whole = async (): Promise<NdArray> => {
    const array = await stored.array(call);
    return array.data.length === 0 ? { ...array, shape } : array;
  };
  if (start === 0 && end === undefined) return whole();
  if (!Number.isSafeInteger(start) || start < 0 || (end !== undefined && !(end >= start)))
    throw new RangeError(`A part goes from a whole number up to one that is not below it, got ${start} to ${end}.`);
  const { file } = stored;
  const rows = [start, end ?? Number.MAX_SAFE_INTEGER] as const;
  const decodesRows = file && file.source.size > 0 && codecEntry(file.compression)?.decodesRows;
  return decodesRows ? stored.array({ ...call, rows }) : sliceRows(await whole(), ...rows);
}

/** The file as a `Blob`. @throws {DatasetError} `unsupported` without a file */
export async function fileBlob(stored: StoredMedia, options: CallOptions | undefined): Promise<Blob> {
  const file = await encodedOf(stored, options);
  if (file) return new Blob([file.bytes], { type: mimeTypes[file.compression] ?? 'application/octet-stream' });
  throw new DatasetError('unsupported', 'The sample holds raw numbers or nothing, and no file. Use array().', {
    feature: 'files of raw arrays',
  });
}

/** Rows `[start, end)` of an array, cut to what there is, in memory of their own. */
export function sliceRows({ dtype, shape, data }: NdArray, start: number, end: number): NdArray {
  const [rows = 1, ...rest] = shape;
  const stride = rows === 0 ? 0 : data.length / rows;
  const last = Math.min(end, rows);
  const first = Math.min(start, last);
  return { dtype, shape: [last - first, ...rest], data: data.slice(first * stride, last * stride) };
}

/** A sample whose bytes are in memory, as the readers of media take it. */
export function mediaOf(sample: StoredSample): StoredMedia {
  const file = sample.encoded();
  return {
    key: sample.key,
    shape: sample.shape,
    dtype: sample.dtype,
    codecs: sample.codecs,
    file: file && { compression: file.compression, source: byteSourceOf(file.bytes) },
    array: (options) => sample.array(options),
  };
}
