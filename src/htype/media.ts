/** What the htypes of media files share: files of one format are kept byte for byte, raw arrays without a format. */
import type { Awaitable } from '../util/bytes.js';
import { isNumeric, toNdArray } from './cast.js';
import type { FileSample } from './file-sample.js';
import { numberDtype } from './generic.js';
import { mediaOf } from './media-parts.js';
import { MediaSample } from './media-sample.js';
import { describeInput, describeShape, mismatch } from './mismatch.js';
import { refuseUnknown } from './options.js';
import { fileOf, readFileHeader } from './parse-file.js';
import type { EncodedSample, HtypeSpec, StoredMedia, TensorContext, Value } from './types.js';

/** What tells the media htypes apart. */
export interface MediaForm {
  readonly htype: string;
  readonly dtype: string | null;
  /** Formats of the htype's files. */
  readonly compressions: readonly string[];
  /** Numbers of axes that samples may have; the first is that of an empty sample. */
  readonly dims: readonly [number, ...number[]];
  /** What a raw array holds, for messages, such as `samples of shape (samples, channels)`. */
  readonly arrays: string;
  /** Whether raw arrays are taken, by tensors without a compression. Default true. */
  readonly takesArrays?: boolean;
  /** Compression of tensors that name none; absent: one must be named. */
  readonly defaultCompression?: string;
  /** Makes what a read gives; default: a plain {@link MediaSample}. `dims` are the axes of an empty sample. */
  readonly sample?: (stored: StoredMedia, dims: number) => MediaSample;
}

/** Makes the spec of a media htype. */
export function mediaSpec(form: MediaForm): HtypeSpec {
  const { htype, dtype, compressions, dims, defaultCompression, takesArrays = true } = form;
  const make = form.sample ?? ((stored: StoredMedia, axes: number) => new MediaSample(stored, axes));
  return {
    htype,
    dtype,
    textLike: false,
    sampleCompressions: compressions,
    chunkCompressions: [],
    needsCompression: defaultCompression === undefined,
    ...(defaultCompression !== undefined && { defaultCompression }),
    ...(!takesArrays && { needsFiles: true }),
    keepsFiles: true,
    companions: { shape: 'shape', info: true },
    metaFields: {},
    initialInfo(given) {
      refuseUnknown(htype, given, []);
      return {};
    },
    parse: (input, context) => parseMedia(input, context, form),
    checkShape(shape, context) {
      if (!dims.includes(shape.length))
        throw mismatch(context, `shape ${describeShape(shape)}`, accepted(form, context));
    },
    output: (sample) => make(mediaOf(sample), dims[0]),
    outputFile: (sample) => make(sample, dims[0]),
  };
}

function accepted({ arrays, compressions }: MediaForm, { meta }: TensorContext): string {
  const { sampleCompression } = meta;
  if (sampleCompression !== null) return `a File, Blob or read(…) of a ${sampleCompression} file`;
  return `${arrays}, or a File, Blob or read(…) of ${compressions.join(', ')}`;
}

function parseMedia(input: unknown, context: TensorContext, form: MediaForm): Awaitable<Value> {
  if (input === null || input === undefined || (Array.isArray(input) && input.length === 0)) return { kind: 'empty' };
  const file = fileOf(input);
  if (file) return parseMediaFile(file, context, form);
  if (input instanceof MediaSample) return parseSample(input, context, form);
  if (!isNumeric(input)) throw mismatch(context, describeInput(input), accepted(form, context));
  if (context.meta.sampleCompression !== null) {
    const raw = form.takesArrays === false ? '' : ', or create the tensor with sampleCompression: null for raw arrays';
    throw mismatch(context, describeInput(input), accepted(form, context) + raw);
  }
  return { kind: 'array', array: toNdArray(input, numberDtype(context), context) };
}

async function parseMediaFile(sample: FileSample, context: TensorContext, form: MediaForm): Promise<Value> {
  return fileValue(await sample.load(), sample.filename, context, form);
}

async function fileValue(
  file: EncodedSample,
  filename: string | undefined,
  context: TensorContext,
  form: MediaForm,
): Promise<Value> {
  const { sampleCompression } = context.meta;
  const fits =
    sampleCompression === null ? form.compressions.includes(file.compression) : file.compression === sampleCompression;
  if (!fits) {
    const name = filename === undefined ? '' : ` (${filename})`;
    const convert = sampleCompression === null ? '' : '; files of other formats are not converted';
    throw mismatch(context, `a ${file.compression} file${name}`, accepted(form, context) + convert);
  }
  return { kind: 'file', file, ...(await readFileHeader(file, filename)) };
}

async function parseSample(sample: MediaSample, context: TensorContext, form: MediaForm): Promise<Value> {
  const file = await sample.encoded();
  if (file) return fileValue(file, undefined, context, form);
  const array = await sample.array();
  if (array.data.length === 0) return { kind: 'empty' };
  return parseMedia(array, context, form);
}
