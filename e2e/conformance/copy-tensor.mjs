/** Copies one tensor through the public API, as far as that reaches. */

const ROWS_PER_CALL = 256; // samples in memory at a time

/** Visible tensors and those that the user hid, in order of creation. */
export async function tensorsOf(library, snapshot) {
  const { meta, source } = snapshot;
  const names = new Map(Object.entries(meta.tensorNames).map(([name, key]) => [key, name]));
  const all = await Promise.all(meta.tensors.map((key) => library.loadStoredTensor(source, key)));
  const companions = new Set(all.flatMap((stored) => Object.keys(stored.meta.links)));
  return all.filter(({ key }) => !companions.has(key)).map((stored) => ({ name: names.get(stored.key), stored }));
}

/** Wrong options are TypeErrors: an htype or compression that cannot be written is one. */
export function isUnsupported(library, error) {
  return library.isDatasetError(error, 'unsupported') || (error instanceof TypeError && error.cause === creating);
}
const creating = Symbol('creating');

export async function create(dataset, name, options) {
  try {
    return await dataset.createTensor(name, options);
  } catch (error) {
    throw error instanceof TypeError ? new TypeError(error.message, { cause: creating }) : error;
  }
}

export async function planCopy(library, from, name, stored, snapshot) {
  const { meta } = stored;
  const extends_ = Object.values(meta.links).map((link) => link.extend);
  const hasShapes = extends_.includes('extend_shape') || extends_.includes('extend_len');
  // A tensor that became text or JSON with its first sample has shapes, one that was created so has none.
  const wasUndecided = meta.htype === null || ((meta.htype === 'text' || meta.htype === 'json') && hasShapes);
  const wasInferred = meta.typestr !== null || meta.dtype === null || (wasUndecided && meta.htype !== null);
  const options = {
    ...(!wasUndecided && { htype: library.formatHtype({ ...meta, base: meta.htype }) }),
    ...(wasUndecided && (meta.isSequence || meta.isLink) && { htype: library.formatHtype({ ...meta, base: null }) }),
    ...(!wasInferred && { dtype: meta.dtype }),
    sampleCompression: meta.sampleCompression,
    chunkCompression: meta.chunkCompression,
    ...(meta.maxChunkSize !== null && { maxChunkSize: meta.maxChunkSize }),
    ...(meta.tilingThreshold !== null && { tilingThreshold: meta.tilingThreshold }),
    hidden: meta.hidden,
    ...(meta.isLink && { verify: meta.verify }),
    createIdTensor: extends_.includes('extend_id'),
    createShapeTensor: hasShapes,
    createSampleInfoTensor: extends_.includes('extend_info'),
  };
  const tensor = await from.loadTensor(name);
  const infos = await infoRows(from, meta, snapshot);
  const input = async (row) => inputOf(library, tensor, meta, await tensor.at(row), infos[row]);
  const lost = meta.isLink
    ? 0
    : infos.filter((info) => typeof info?.format === 'string' && info.format !== meta.sampleCompression).length;
  const losses = [
    ...(extends_.includes('extend_downsample') ? ['its downsampled copies were left out.'] : []),
    ...(lost > 0 ? [`facts of ${lost} files of other formats, which were encoded again, were left out.`] : []),
  ];
  return { options, length: tensor.length, input, info: await tensor.info.get(), losses };
}

/** Rows of the companion that holds facts of files. */
async function infoRows(from, meta, snapshot) {
  const key = Object.entries(meta.links).find(([, link]) => link.extend === 'extend_info')?.[0];
  const name = Object.entries(snapshot.meta.tensorNames).find(([, tensorKey]) => tensorKey === key)?.[0];
  return name === undefined || meta.isSequence ? [] : (await from.loadTensor(name)).toArray();
}

/** What to append for a sample that was read. */
async function inputOf(library, tensor, meta, value, info) {
  if (meta.isSequence && Array.isArray(value)) {
    return Promise.all(value.map((item) => inputOf(library, tensor, { ...meta, isSequence: false }, item)));
  }
  if (value instanceof library.LinkSample) {
    return value.path === '' ? null : library.link(value.path, { ...(value.credsKey && { credsKey: value.credsKey }) });
  }
  if (value instanceof library.ImageSample || value instanceof library.MediaSample) {
    const file = await value.encoded();
    if (file && file.compression !== 'lz4') {
      return library.read(file.bytes, { compression: file.compression, filename: info?.filename });
    }
    return inputOf(library, tensor, meta, await value.array(), info);
  }
  if (meta.dtype === null || !ArrayBuffer.isView(value?.data)) return meta.dtype === null ? null : value;
  const { dtype, shape, data } = value;
  // Zeros on all axes are what null gives, unless nothing else tells the number of axes.
  const isNone =
    shape.every((size) => size === 0) && (meta.maxShape.length === 0 || meta.maxShape.some((size) => size > 0));
  return isNone ? null : { dtype, shape, data };
}

/** Creates the tensor elsewhere and appends one sample to it: what cannot be copied must not be begun. */
export async function tryOut(scratch, name, { options, length, input }) {
  const tensor = await create(scratch, name, options);
  for (let row = 0; row < length; row++) {
    const sample = await input(row);
    if (sample === null) continue;
    await tensor.append(sample);
    return;
  }
}

/** Creates a tensor and appends all of its samples. */
export async function copyTensor(to, name, plan) {
  const tensor = await create(to, name, plan.options);
  await appendRows(tensor, plan, 0);
  if (Object.keys(plan.info).length > 0) await tensor.info.update(plan.info);
}

/** Appends the samples from a row on. */
export async function appendRows(tensor, { length, input }, first) {
  for (let start = first; start < length; start += ROWS_PER_CALL) {
    const rows = Array.from({ length: Math.min(ROWS_PER_CALL, length - start) }, (_, i) => start + i);
    await tensor.extend(await Promise.all(rows.map(input)));
  }
}
