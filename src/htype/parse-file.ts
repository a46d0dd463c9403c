import { requireCodec } from '../codec/table.js';
import { DatasetError } from '../errors.js';
import { FileSample, read } from './file-sample.js';
import type { EncodedSample, Value } from './types.js';

/** The file that an input is, when it is one. */
export function fileOf(input: unknown): FileSample | undefined {
  if (input instanceof FileSample) return input;
  if (input instanceof Blob) return read(input);
  return isEncoded(input) ? read(input.bytes, { compression: input.compression }) : undefined;
}

/** Reads a file and its header. */
export async function parseFile(sample: FileSample): Promise<Value> {
  const file = await sample.load();
  return { kind: 'file', file, ...(await readFileHeader(file, sample.filename)) };
}

function isEncoded(input: unknown): input is EncodedSample {
  if (typeof input !== 'object' || input === null) return false;
  const { bytes, compression } = input as Partial<EncodedSample>;
  return bytes instanceof Uint8Array && typeof compression === 'string';
}

/** A file's facts without decoding it: what a sample is made of. */
export async function readFileHeader(file: EncodedSample, filename: string | undefined) {
  const readHeader = await requireCodec(file.compression).loadHeader?.();
  if (!readHeader) {
    throw new DatasetError(
      'unsupported',
      `Files of compression "${file.compression}" cannot be appended to an image tensor.`,
      {
        feature: `compression ${file.compression}`,
      },
    );
  }
  const { shape, dtype, info, colors } = readHeader(file.bytes);
  const row = {
    ...info,
    shape: [...shape],
    format: file.compression,
    ...(filename !== undefined && { filename }),
    modified: false,
  };
  return { shape, dtype, info: row, ...(colors && { colors }) };
}
