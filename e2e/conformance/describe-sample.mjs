/** Describes single samples in the schema golden-expected/1. */
import { exactJson, exactValues } from './exact-json.mjs';

const MAX_VALUES = 24; // arrays up to this many elements are listed
const GRID = 4; // lossy pictures are sampled at GRID x GRID points
const lossyFormats = new Set(['jpeg', 'webp', 'mpo']);

/** SHA-256 of bytes in hexadecimal. */
export async function sha256(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What stands for something that could not be read: `unsupported` by this version, or else `unreadable`. */
export function describeFailure(library, error) {
  if (library.isDatasetError(error, 'unsupported')) return { kind: 'unsupported' };
  const name = library.isDatasetError(error) ? error.code : (error?.name ?? 'Error');
  return { kind: 'unreadable', error: name, message: String(error?.message ?? error) };
}

/** Describes a sample of a tensor; never fails. */
export async function describeSample(library, tensor, row) {
  try {
    const value = await tensor.at(row);
    if (tensor.htype === 'json') return { kind: 'json', json: exactJson(library.encodeTagged(value)) };
    if (typeof value === 'string') return { kind: 'text', text: value };
    const array = value instanceof library.ImageSample ? await value.array() : value;
    const stored = await tensor.encoded(row);
    return { ...(await describeStored(tensor, stored, array)), ...(await describeArray(library, tensor, array)) };
  } catch (error) {
    return describeFailure(library, error);
  }
}

/** The stored bytes of a sample-compressed sample; none for tiled ones, which have many. */
async function describeStored(tensor, stored, array) {
  if (stored) return { stored_sha256: await sha256(stored.bytes), stored_len: stored.bytes.length };
  if (tensor.sampleCompression === null || array.data.length > 0) return {};
  return { stored_sha256: await sha256(new Uint8Array(0)), stored_len: 0 };
}

async function describeArray(library, tensor, array) {
  const { dtype, shape, data } = array;
  const count = library.elementCount(shape);
  const plain = { dtype, shape: [...shape], sha256: await sha256(library.bytesFromNdArray(array)) };
  const isLossy = lossyFormats.has(tensor.sampleCompression ?? tensor.chunkCompression ?? '');
  if (isLossy && count > 0) return { kind: 'lossy', ...plain, grid: gridOf(shape, data) };
  return { kind: 'array', ...plain, ...(count <= MAX_VALUES && { values: exactValues(array) }) };
}

/** The channels of points spread over a picture. */
function gridOf([height, width, channels = 1], data) {
  const steps = Array.from({ length: GRID }, (_, i) => (i + 0.5) / GRID);
  return steps.map((y) =>
    steps.map((x) => {
      const at = (Math.floor(y * height) * width + Math.floor(x * width)) * channels;
      return Array.from(data.subarray(at, at + channels), Number);
    }),
  );
}
