/** Describes single samples in the schema golden-expected/1. */
import { exactJson, exactValues } from './exact-json.mjs';

const MAX_VALUES = 24; // arrays up to this many elements are listed
const GRID = 4; // lossy pictures are sampled at GRID x GRID points
// Formats whose decoded content the schema leaves out.
const mediaFormats = new Set(['mp4', 'mkv', 'avi', 'mp3', 'las', 'ply', 'stl']);
const lossyFormats = new Set(['jpeg', 'webp', 'mpo']);
/** Picture formats that hold two colours as `bool`. */
const twoColour = new Set(['bmp', 'dib', 'gif', 'im', 'msp', 'pcx', 'png', 'ppm', 'tiff', 'xbm']);

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

/**
 * Describes a sample of a tensor, or all items of a sequence; never fails.
 *
 * @param meta - the tensor's metadata. @param stored - the tensor as stored, where it is at hand.
 */
export async function describeSample(library, tensor, row, meta, stored) {
  try {
    if (meta.htype === 'tag' && stored) return { kind: 'tag', list: await storedTags(library, stored, row) };
    const value = await tensor.at(row);
    if (meta.isSequence) {
      const items = await Promise.all(value.map((item) => describeItem(library, tensor, meta, item)));
      return items.some(({ kind }) => kind === 'unsupported') ? { kind: 'unsupported' } : { kind: 'sequence', items };
    }
    if (meta.isLink) return await describeLink(library, tensor, meta, value);
    return await describeItem(library, tensor, meta, value, await tensor.encoded(row));
  } catch (error) {
    return describeFailure(library, error);
  }
}

/** Tags as they are stored: the original stores null for no tags, which the library reads as none. */
async function storedTags(library, stored, row) {
  const unpacked = stored.from.caches.unpacked;
  const [sample] = await library.readSamples(stored, row, row + 1, { codecs: library.createCodecPool(), unpacked });
  return JSON.parse(new TextDecoder().decode(await sample.raw()));
}

/** Describes one sample or item; stored bytes are told of samples only. */
async function describeItem(library, tensor, meta, value, stored) {
  try {
    if (value instanceof library.LinkSample)
      return { kind: 'link', path: value.path, creds_key: value.credsKey || null };
    const describe = describers[meta.htype];
    if (describe) {
      const bytes =
        meta.htype === 'polygon' && !meta.isSequence ? await describeStored(tensor, stored, { data: value }) : {};
      return { ...bytes, ...(await describe(library, value)) };
    }
    if (value instanceof library.MediaSample) return await describeMedia(library, tensor, meta, value, stored);
    const array = typeof value.array === 'function' ? await value.array() : value;
    const bytes = meta.isSequence ? {} : await describeStored(tensor, stored, array);
    return { ...bytes, ...(await describeArray(library, tensor, array)) };
  } catch (error) {
    return describeFailure(library, error);
  }
}

/** Media: the file and its shape are told also where it cannot be decoded. */
async function describeMedia(library, tensor, meta, value, stored) {
  const codec = value.compression;
  const shape = [...value.shape];
  const bytes = meta.isSequence ? {} : await describeStored(tensor, stored, { data: [] });
  if (mediaFormats.has(codec)) return { ...bytes, kind: 'media', codec, shape };
  try {
    return { ...bytes, ...(await describeArray(library, tensor, await value.array())) };
  } catch (error) {
    return { ...describeFailure(library, error), ...bytes, shape };
  }
}

/** Htypes whose samples are no arrays of numbers. */
const describers = {
  json: (library, value) => ({ kind: 'json', json: exactJson(library.encodeTagged(value)) }),
  list: (library, value) => ({ kind: 'list', list: exactJson(library.encodeTagged(value)) }),
  tag: (_library, value) => ({ kind: 'tag', list: [...value] }),
  text: (_library, value) => ({ kind: 'text', text: value }),
  polygon: async (library, value) => ({
    kind: 'polygon',
    polygons: await Promise.all(value.map((one) => plainArray(library, one))),
  }),
};

/** A link with what its target holds, where that is a file beside the dataset. */
async function describeLink(library, tensor, meta, value) {
  const link = await describeItem(library, tensor, meta, value);
  if (value.path === '' || /^[a-z][a-z0-9+.-]*:/i.test(value.path)) return link;
  const file = await value.encoded();
  const target = { htype: tensor.htype, sampleCompression: file.compression, chunkCompression: null };
  const resolved = await describeItem(
    library,
    target,
    { ...meta, isLink: false, isSequence: true },
    await value.resolve(),
  );
  return resolved.kind === 'unsupported' ? resolved : { ...link, resolved };
}

async function plainArray(library, array) {
  const { dtype, shape } = array;
  const listed = library.elementCount(shape) <= MAX_VALUES && { values: exactValues(array) };
  return { kind: 'array', dtype, shape: [...shape], sha256: await sha256(library.bytesFromNdArray(array)), ...listed };
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
  const compression = tensor.sampleCompression ?? tensor.chunkCompression ?? '';
  const bytes = library.bytesFromNdArray(array);
  // Pillow hands a two-colour picture to NumPy with 255 in the memory of every `True`.
  const hashed = dtype === 'bool' && twoColour.has(compression) ? bytes.map((bit) => bit * 255) : bytes;
  const plain = { dtype, shape: [...shape], sha256: await sha256(hashed) };
  const isLossy = lossyFormats.has(compression);
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
