/** Describes a dataset in the schema golden-expected/1 (see ../fixtures/golden/README.md). */
import { describeFailure, describeSample } from './describe-sample.mjs';
import { exactJson } from './exact-json.mjs';

/**
 * Describes every branch, commit and saved view of a dataset.
 *
 * @param library - the library, built or from source: see library.mjs.
 * @param store - where the dataset is. Only read.
 * @param options - `name` of the dataset; `codecs`, a pool to share; `resolveLink`, which gets the targets of links.
 */
export async function describeDataset(library, store, { name = store.address, codecs, resolveLink } = {}) {
  const { versions } = await library.loadSnapshot(store, 'main');
  const context = { library, store, codecs, resolveLink };
  const states = {};
  for (const branch of versions.branches.keys()) states[`branch:${branch}`] = await describeState(context, branch);
  for (const [id, node] of versions.commits) {
    if (node.time !== null) states[`commit:${id}`] = await describeState(context, id);
  }
  return {
    name,
    schema: 'golden-expected/1',
    branches: Object.fromEntries(versions.branches),
    commits: [...versions.commits].map(([id, node]) => ({
      id,
      branch: node.branch,
      parent: node.parent,
      children: [...node.children],
      message: node.message,
      time: node.time,
      author: node.author,
      is_checkpoint: node.isCheckpoint,
      merge_parent: null, // never stored
    })),
    states,
    views: await describeViews(context),
  };
}

/** Opens a state, gives it to `use` and closes it. */
async function withDataset({ library, codecs, resolveLink }, store, at, use) {
  const dataset = await library.openDataset(store, {
    at,
    ...(codecs && { codecs }),
    ...(resolveLink && { resolveLink }),
  });
  try {
    return await use(dataset);
  } finally {
    await dataset.close();
  }
}

async function describeState(context, at) {
  const { library, store } = context;
  const snapshot = await library.loadSnapshot(store, at);
  const { meta, commit, versions } = snapshot;
  const creds = await store.get(library.linkedCredsKey);
  return withDataset(context, store, at, async (dataset) => {
    const tensors = {};
    for (const name of [...dataset.tensors].sort()) {
      const stored = snapshot.tensors.get(meta.tensorNames[name] ?? name);
      tensors[name] = await describeTensor({ ...context, dataset, snapshot }, name, stored);
    }
    const lengths = Object.values(tensors).map((tensor) => tensor.num_samples);
    return {
      address: at,
      commit_id: library.commitIdOf(versions, commit) ?? null,
      pending_commit_id: commit,
      branch: snapshot.branch,
      has_head_changes: snapshot.isHead && (await hasChanges(context, commit, meta)),
      length: dataset.length,
      max_length: Math.max(0, ...lengths),
      tensors_in_order: Object.keys(tensors), // by name, as the reference lists them
      groups: [...meta.groups].sort(),
      hidden_tensors: [...meta.hiddenTensors].sort(),
      info: exactJson(await dataset.info.get()),
      creds_keys: creds ? [...library.parseLinkedCreds(creds, library.linkedCredsKey).credsKeys] : [],
      tensors,
    };
  });
}

/** Whether a head holds anything that its parent does not. */
async function hasChanges({ library, store }, commit, meta) {
  if (commit === library.FIRST_COMMIT) return true;
  const key = library.datasetDiffKey(commit);
  const bytes = await store.get(key);
  if (bytes) {
    const diff = library.parseDatasetDiff(bytes, key);
    if (diff.infoUpdated || diff.renamed.size > 0 || diff.deleted.length > 0) return true;
  }
  for (const tensor of meta.tensors) if (await store.get(library.commitDiffKey(commit, tensor))) return true;
  return false;
}

async function describeTensor(context, name, stored) {
  const { library, store, dataset, snapshot } = context;
  const { meta, key } = stored;
  const tensor = dataset.tensor(name);
  const failures = [];
  const attempt = async (read, otherwise) => {
    try {
      return await read();
    } catch (error) {
      failures.push(describeFailure(library, error));
      return otherwise;
    }
  };
  const companion = (prefix) => {
    const found = Object.entries(meta.links).find(([, { extend }]) => extend === prefix)?.[0];
    const hidden = Object.entries(snapshot.meta.tensorNames).find(([, tensorKey]) => tensorKey === found)?.[0];
    return hidden === undefined ? [] : attempt(async () => (await dataset.loadTensor(hidden)).toArray(), []);
  };
  const padsAt = library.padsKey(snapshot.commit, key);
  const pads = await attempt(async () => {
    const bytes = await store.get(padsAt);
    return bytes ? library.parsePads(bytes, padsAt) : [];
  }, []);
  const padded = Array.from({ length: tensor.length }, (_, row) => row).filter((row) =>
    pads.some(({ start, end }) => row >= start && row < end),
  );
  const tiles = [...(await attempt(() => stored.tiles(), []))];
  const ids = (await companion('extend_id')).map((id) => String(id.data[0]));
  const infos = await companion('extend_info');
  const samples = [];
  for (let row = 0; row < tensor.length; row++) {
    const sample = await describeSample(library, tensor, row, meta, stored);
    if (tiles.some(([index]) => index === row) && tensor.sampleCompression !== null) sample.tiled = true;
    // Sequences have a row for each item, which no description of an item is there to take; links describe their target.
    const info = meta.isSequence || meta.isLink ? {} : (infos[row] ?? {});
    if (Object.keys(info).length > 0) sample.sample_info = exactJson(library.encodeTagged(info));
    samples.push(sample);
  }
  const htype = library.formatHtype({ base: meta.htype, isSequence: meta.isSequence, isLink: meta.isLink });
  return {
    key,
    htype,
    base_htype: meta.htype,
    is_sequence: meta.isSequence,
    is_link: meta.isLink,
    dtype: meta.dtype,
    typestr: meta.typestr,
    sample_compression: meta.sampleCompression,
    chunk_compression: meta.chunkCompression,
    max_chunk_size: meta.maxChunkSize,
    tiling_threshold: meta.tilingThreshold,
    verify: meta.verify,
    hidden: meta.hidden,
    length: meta.length,
    num_samples: tensor.length,
    min_shape: [...meta.minShape],
    max_shape: [...meta.maxShape],
    links: Object.keys(meta.links).sort(),
    info: exactJson(await attempt(() => tensor.info.get(), {})),
    num_chunks: (await attempt(() => stored.chunkIds(), { ids: [] })).ids.length,
    shape: await shapeOf(tensor, meta, () => companion('extend_shape')),
    ...(tiles.length > 0 && {
      tiles: Object.fromEntries(tiles.map(([row, tiling]) => [row, [[...tiling.sampleShape], [...tiling.tileShape]]])),
    }),
    ...(padded.length > 0 && { padded }),
    ...(ids.length > 0 && { ids }),
    samples,
    ...(failures.length > 0 && { failures }),
  };
}

/** The shape of a tensor. The reference takes that of a single sample from the companion, even where that is wrong. */
async function shapeOf(tensor, meta, readShapes) {
  const shape = [...tensor.shape];
  if (tensor.length !== 1 || meta.isSequence || !shape.includes(null)) return shape;
  const [row] = await readShapes();
  return row?.data.length === shape.length - 1 ? [1, ...Array.from(row.data, Number)] : shape;
}

async function describeViews(context) {
  const { library, store } = context;
  const bytes = await store.get(library.queriesKey);
  const views = {};
  for (const view of bytes ? library.parseQueries(bytes, library.queriesKey) : []) {
    // Where the source was and when the view was made say nothing of its content.
    const { 'source-dataset': _source, created_at: _time, path: _path, ...entry } = library.jsonFromViewEntry(view);
    views[view.id] = { entry: exactJson(entry), ...(await describeView(context, view)) };
  }
  return views;
}

async function describeView(context, view) {
  const { library, store } = context;
  const nested = library.withPrefix(store, `.queries/${view.path ?? view.id}`);
  try {
    return await withDataset(context, nested, 'main', async (own) => {
      const rows = await (await own.loadTensor('VDS_INDEX')).toArray();
      const indices = rows.map(({ data }) => Number(data[0]));
      const isSingle = view.firstIndexSubscriptable === false;
      const describe = (dataset, at) => describeRows(library, dataset, at, isSingle);
      const tensors = view.isVirtual
        ? await withDataset(context, store, view.sourceVersion ?? 'main', (source) => describe(source, indices))
        : await describe(own, [...indices.keys()]);
      return { length: indices.length, tensors, indices };
    });
  } catch (error) {
    return { failure: describeFailure(library, error) };
  }
}

async function describeRows(library, dataset, rows, isSingle) {
  const tensors = {};
  for (const name of dataset.tensors) {
    const samples = [];
    const { base: htype, isSequence, isLink } = library.parseHtype(dataset.tensor(name).htype);
    const meta = { htype, isSequence, isLink };
    for (const row of rows) samples.push(await describeSample(library, dataset.tensor(name), row, meta));
    const texts = samples.map(({ text }) => text);
    const kind = samples[0]?.kind ?? 'array';
    tensors[name] = kind === 'text' ? { kind, values: isSingle ? texts[0] : texts } : { kind, samples };
  }
  return tensors;
}
