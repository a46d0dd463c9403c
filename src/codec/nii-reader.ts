/** Reads parts of NIfTI files: of .nii no more bytes than needed, of .nii.gz no further than needed. */
import { elementCount, itemSize, type NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';
import { gunzipPieces, gunzipStart } from './gunzip.js';
import { InflateError } from './inflate.js';
import { niiAffine } from './nii-affine.js';
import { NII_HEADER, NiiHeader, type NiiLayout, niiLayoutOf } from './nii-fields.js';
import { checkNiiGzLength } from './nii-header.js';
import { checkNiiPart, type NiiPart } from './nii-part.js';
import { pickRuns, type Runs, readRuns, sliceRuns } from './nii-runs.js';
import type { Codecs } from './types.js';

/** A file of which parts are read. */
export interface NiiFile {
  /** `nii` or `nii.gz`. */
  readonly compression: string;
  readonly source: ByteSource;
}

/** The fields of a header by their names in nifti1.h and nifti2.h, as stored: numbers, texts, lists of numbers. */
export type NiftiHeader = Readonly<Record<string, number | string | readonly number[]>>;

/** What the header of a file tells. */
export interface NiiHead {
  readonly layout: NiiLayout;
  readonly fields: NiftiHeader;
  /** 16 numbers, row by row. */
  readonly affine: readonly number[];
}

/** Reads the header. @throws {DatasetError} `codec` when the file is damaged or cut off; `unsupported` */
export async function readNiiHead(file: NiiFile, options?: CallOptions): Promise<NiiHead> {
  const { compression, source } = file;
  const packed = compression === 'nii.gz';
  const start = packed
    ? await unpack(file, { start: 0, length: NII_HEADER, stride: NII_HEADER, count: 1 }, options)
    : await source.read(0, Math.min(NII_HEADER, source.size), options);
  const header = new NiiHeader(start, compression);
  const layout = niiLayoutOf(header);
  const end = layout.start + elementCount(layout.shape) * itemSize(layout.dtype);
  if (packed) checkNiiGzLength(end, source.size);
  else if (end > source.size)
    throw fileError(compression, `it is cut off: expected at least ${end} bytes, got ${source.size}`);
  const fields = [...header.fields].map(([name, { type, count }]): [string, NiftiHeader[string]] => {
    if (type.startsWith('S')) return [name, header.text(name)];
    return [name, count > 1 ? header.all(name) : header.one(name)];
  });
  return { layout, fields: Object.fromEntries(fields), affine: niiAffine(header, layout.shape) };
}

/**
 * Reads a volume `[x, y, z]`, or a slice of it, which has the two other axes in their order.
 *
 * @throws {RangeError} for an axis, index or time that the file does not have
 * @throws {DatasetError} `codec` when the file is damaged before the end of the part
 */
export async function readNiiPart(file: NiiFile, { layout }: NiiHead, codecs: Codecs, part: NiiPart): Promise<NdArray> {
  const { time = 0, axis, index = 0, signal } = part;
  checkNiiPart(part, layout.shape);
  const [nx = 1, ny = 1, nz = 1] = layout.shape;
  const sizes = [nx, ny, nz] as const;
  const size = itemSize(layout.dtype);
  const volume = nx * ny * nz * size;
  const at = layout.start + time * volume;
  let shape: readonly number[] = sizes;
  let runs: Runs = { start: at, length: volume, stride: volume, count: 1 };
  if (axis !== undefined) {
    shape = sizes.filter((_, other) => other !== axis);
    runs = sliceRuns(at, sizes, size, axis, index);
  }
  const call = signal ? { signal } : {};
  const bytes =
    file.compression === 'nii.gz' ? await unpack(file, runs, call) : await readRuns(file.source, runs, call);
  return codecs.run('nii-numbers', { bytes, layout, shape }, call);
}

/** Unpacks a gzip file as far as the end of some runs, of which what there is, is kept. */
async function unpack({ compression, source }: NiiFile, runs: Runs, options?: CallOptions): Promise<Bytes> {
  const { start, length, stride, count } = runs;
  const end = start + (count - 1) * stride + length;
  const result = new Uint8Array(count * length);
  let at = 0;
  try {
    for await (const piece of gunzipPieces(source, options)) {
      pickRuns(piece, at, runs, result);
      at += piece.length;
      if (at >= end) return result;
    }
  } catch (error) {
    // The platform's unpacker tells not what is wrong, and where it knows only one stream the file may be good.
    if (!(error instanceof InflateError)) throw error;
    // One byte more, so that the end of a stream that ends here is seen, and its check sum.
    const parts = gunzipStart(await source.read(0, source.size, options), compression, end + 1);
    at = parts.length;
    pickRuns(parts, 0, runs, result);
  }
  // The header asks for the length of the longer one, which a small file need not have.
  if (at < end && start > 0)
    throw fileError(compression, `it is cut off: expected at least ${end} unpacked bytes, got ${at}`);
  return result.subarray(0, Math.min(at, result.length));
}
