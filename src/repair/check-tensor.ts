/** Checks one tensor of one commit: metadata, tables, chunks (`spec` §2.2, §3, §4). */
import { isImageCompression } from '../chunk/codecs.js';
import { tileCount, tilePlaces } from '../chunk/tile.js';
import { compressions } from '../codec/table.js';
import { type ChunkIds, serializeChunkIds } from '../format/chunk-ids.js';
import { serializeCreds } from '../format/creds.js';
import { isDtype } from '../format/dtypes.js';
import {
  chunkIdsKey,
  chunkKey,
  credsKey,
  sequencesKey,
  tensorInfoKey,
  tensorMetaKey,
  tilesKey,
} from '../format/keys.js';
import { serializeTensorMeta, type TensorMeta } from '../format/tensor-meta.js';
import { serializeTiles } from '../format/tiles.js';
import { isHtype } from '../htype/table.js';
import { type ChunkFacts, checkChunk, checkTile, readHeader } from './check-chunk.js';
import { isTextLike } from './check-sample.js';
import { losesItems, resizeTensor, wholeSequences } from './resize.js';
import { isDamage, type Scan } from './scan.js';
import { type CommitState, indexed, ownerKey, type TensorState } from './tensor-state.js';

const MAX_TILES = 1_000_000; // of one sample; more would be 4 TB in tiles of 4 MB

/** Results of chunks that were checked, by everything on which they depend. */
export type ChunkResults = Map<string, ChunkFacts | undefined>;

/** Checks a tensor; its state says afterwards whether its rows can be relied upon. */
export async function checkTensor(
  scan: Scan,
  commit: CommitState,
  state: TensorState,
  results: ChunkResults,
): Promise<void> {
  await checkMeta(scan, commit, state);
  if (await checkIndex(scan, commit, state)) await checkLength(scan, commit, state);
  await checkCreds(scan, commit, state);
  await checkChunks(scan, commit, state, results);
}

/** Reports metadata that can be set right, with the right one. */
async function wrongMeta(scan: Scan, state: TensorState, message: string, right: TensorMeta): Promise<void> {
  const key = tensorMetaKey(state.place.commit ?? '', state.key);
  await scan.error(message.startsWith('Shapes') ? 'shape-range' : 'tensor-meta', key, message, state.place, () => ({
    action: `Corrected the metadata of "${state.name}": ${message}`,
    puts: [{ key, bytes: serializeTensorMeta(right) }],
  }));
}

async function checkMeta(scan: Scan, commit: CommitState, state: TensorState): Promise<void> {
  const { meta, place, name } = state;
  const key = tensorMetaKey(place.commit ?? '', state.key);
  const { htype, dtype, sampleCompression, chunkCompression } = meta;
  if (!isHtype(htype)) await scan.error('htype', key, `htype "${htype}" is not known.`, place);
  else if (!isTextLike(meta) && dtype !== null && !isDtype(dtype))
    await scan.error('dtype', key, `dtype "${dtype}" is not known.`, place);
  else if (dtype === null && meta.maxShape.length > 0 && !meta.isLink)
    await scan.error('dtype', key, 'There are samples, but no dtype is recorded.', place);
  for (const compression of [sampleCompression, chunkCompression])
    if (compression !== null && !compressions.has(compression))
      await scan.error('tensor-meta', key, `Compression "${compression}" is not known.`, place);
  if (sampleCompression !== null && chunkCompression !== null)
    await scan.error('tensor-meta', key, 'Samples and chunks are both said to be compressed.', place);
  if (meta.name !== null && meta.name !== name)
    await wrongMeta(scan, state, `Name "${meta.name}" is not "${name}", as the dataset calls the tensor.`, {
      ...meta,
      name,
    });
  const needed = meta.extras._info;
  const missing = Array.isArray(needed)
    ? needed.filter((field) => typeof field === 'string' && !Object.hasOwn(state.info, field))
    : [];
  if (missing.length > 0 && !state.infoDamaged)
    await scan.error(
      'tensor-info',
      tensorInfoKey(commit.id, state.key),
      `The info lacks ${missing.join(', ')}. Restore it from a copy.`,
      place,
    );
  const hidden = commit.hidden.has(state.key);
  if (meta.hidden !== hidden)
    await wrongMeta(scan, state, `The tensor is said to be ${meta.hidden ? '' : 'not '}hidden, the dataset differs.`, {
      ...meta,
      hidden,
    });
}

/** Whether the chunk index can be relied upon; tells when not. */
async function checkIndex(scan: Scan, commit: CommitState, state: TensorState): Promise<boolean> {
  const { ids, idsFault, meta, place, key, name } = state;
  const at = chunkIdsKey(commit.id, key);
  if (!ids || idsFault !== undefined) {
    if (ids && meta.length === 0) return true;
    state.sound = false;
    const only = await onlyChunk(scan, state, commit);
    const right = meta.length === 0 ? [] : only;
    const fix =
      right &&
      (() => ({
        action: `Wrote the chunk index of "${name}" again from its only chunk`,
        puts: [{ key: at, bytes: serializeChunkIds({ ids: right, lasts: right.map(() => meta.length - 1) }) }],
      }));
    await scan.error('chunk-index', at, `The chunk index of ${meta.length} samples: ${idsFault}`, place, fix);
    return false;
  }
  if (new Set(ids.ids).size < ids.ids.length) {
    state.sound = false;
    await scan.error('chunk-index', at, 'The chunk index names a chunk twice.', place);
  }
  return true;
}

/** The id of the tensor's chunk, when it has a single one that holds all of its samples. */
async function onlyChunk(scan: Scan, { key, meta }: TensorState, commit: CommitState): Promise<[bigint] | undefined> {
  if (!scan.keys) return undefined;
  const found = new Set<string>();
  for (const id of commit.lineage)
    for (const at of scan.under(chunkKey(id, key, 0n).slice(0, -1))) found.add(at.slice(at.lastIndexOf('/') + 1));
  const [name = ''] = found;
  if (found.size !== 1 || !/^[0-9a-f]{1,16}$/.test(name)) return undefined;
  const id = BigInt(`0x${name}`);
  try {
    const read = await readHeader(scan, await ownerKey(scan, commit, key, id));
    return read && Math.max(read.header.positions.items, read.header.shapes.items) === meta.length ? [id] : undefined;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

/** Compares the lengths that are recorded, and with what chunks there are. */
async function checkLength(scan: Scan, commit: CommitState, state: TensorState): Promise<void> {
  const { ids, meta, place, key, name, sequences } = state;
  if (!ids || (meta.isSequence && !sequences)) return;
  const inIndex = indexed(state);
  let row = ids.ids.length;
  while (row > 0 && !(await scan.has(state.chunkKeys[row - 1] ?? ''))) row--;
  while (row > 0 && row < ids.lasts.length && ids.lasts[row] === ids.lasts[row - 1]) row--; // all tiles or none
  const present = (ids.lasts[row - 1] ?? -1) + 1;
  let length = present;
  if (inIndex > meta.length) {
    // The index is ahead. What follows the tensor row by row tells which of the two was stored last.
    const follow = Object.entries(meta.links).filter(([, { flattenSequence }]) => !meta.isSequence || flattenSequence);
    const lengths = follow.flatMap(([linked]) => commit.tensors.get(linked)?.meta.length ?? []);
    if (lengths.includes(meta.length) && !lengths.includes(inIndex)) length = Math.min(present, meta.length);
  }
  length = wholeSequences(state, length);
  const items = meta.isSequence ? (sequences?.total ?? 0) : meta.length;
  if (length === meta.length && inIndex === length && items === length) {
    if (length === 0 && meta.minShape.length + meta.maxShape.length > 0)
      await wrongMeta(scan, state, 'Shapes are recorded, though there is no sample.', {
        ...meta,
        minShape: [],
        maxShape: [],
      });
    return;
  }
  state.sound = false;
  const said = [`the metadata says ${meta.length} samples`, `the chunk index ${inIndex}`];
  if (meta.isSequence) said.push(`the sequences ${items}`);
  if (present < inIndex) said.push(`the chunks that are there hold ${present}`);
  const code =
    present < inIndex ? 'chunk-missing' : meta.isSequence && inIndex === meta.length ? 'sequences' : 'length';
  const at = code === 'sequences' ? sequencesKey(commit.id, key) : chunkIdsKey(commit.id, key);
  // Nothing left of a tensor that had samples: its chunks may be elsewhere.
  const isLost =
    (length === 0 && meta.length > 0) || (present < inIndex && !scan.keys) || losesItems(state, present, length);
  const counted = inIndex === meta.length ? undefined : await countChunks(scan, state);
  const fix = () =>
    counted
      ? {
          action: `Counted the samples of "${name}" in its chunks again`,
          puts: [{ key: chunkIdsKey(commit.id, key), bytes: serializeChunkIds(counted) }],
        }
      : {
          action: `Set the length of "${name}" to ${length}`,
          puts: resizeTensor(state, length),
          cuts: true,
        };
  await scan.error(code, at, `Lengths disagree: ${said.join(', ')}.`, place, isLost && !counted ? undefined : fix);
}

/** The index by what the chunks say themselves, when that is as many samples as the metadata says. */
async function countChunks(scan: Scan, { ids, meta, tiles, chunkKeys }: TensorState): Promise<ChunkIds | undefined> {
  if (!ids || !tiles || tiles.size > 0) return undefined;
  const lasts: number[] = [];
  let last = -1;
  for (const key of chunkKeys) {
    try {
      const read = await readHeader(scan, key);
      const items = read ? Math.max(read.header.positions.items, read.header.shapes.items) : 0;
      if (items === 0) return undefined;
      last += items;
      lasts.push(last);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return undefined;
    }
  }
  return last + 1 === meta.length ? { ids: ids.ids, lasts } : undefined;
}

async function checkCreds(scan: Scan, commit: CommitState, state: TensorState): Promise<void> {
  const { meta, creds, place, name } = state;
  if (!meta.isLink || !creds) return;
  const key = credsKey(commit.id, state.key);
  const most = Array.from({ length: creds.rows }, (_, row) => creds.value(row, 0)).reduce((a, b) => Math.max(a, b), 0);
  if (most > commit.credsKeys)
    await scan.error('creds', key, `Credentials ${most} are used; there are ${commit.credsKeys} names of such.`, place);
  if (creds.items === meta.length) return;
  const right = creds.clone();
  const isPlain = Array.from({ length: creds.rows }, (_, row) => creds.value(row, 0)).every((number) => number === 0);
  if (creds.items > meta.length) right.truncate(meta.length);
  else if (isPlain && meta.length < 2 ** 32) right.append([0], meta.length - creds.items);
  const fix = () => ({
    action: `Gave the credentials table of "${name}" ${meta.length} rows`,
    puts: [{ key, bytes: serializeCreds(right) }],
  });
  const message = `The credentials table has ${creds.items} rows, the tensor ${meta.length}.`;
  await scan.error('creds', key, message, place, right.items === meta.length ? fix : undefined);
}

/** Checks all chunks, and the range of shapes. */
async function checkChunks(scan: Scan, commit: CommitState, state: TensorState, results: ChunkResults): Promise<void> {
  const { ids, meta, place, key, name, tiles } = state;
  const tilesAt = tilesKey(commit.id, key);
  const range: Range = { min: undefined, max: undefined, mixed: false, whole: true };
  let hasTiles = false;
  const rows = ids?.lasts ?? [];
  for (let row = 0; row < rows.length; ) {
    const last = rows[row] ?? 0;
    const before = rows[row - 1] ?? -1;
    let end = row + 1;
    while (end < rows.length && rows[end] === last) end++;
    const tiling = tiles?.get(last);
    if (end - row > 1 || (tiling && !meta.isLink)) {
      hasTiles = true;
      const good = last - before === 1 && (await checkTiled(scan, state, last, row, end));
      if (last - before !== 1)
        await scan.error('tiles', tilesAt, `Tiled sample ${last} shares its rows with others.`, place);
      state.sound &&= good;
      if (tiling) widen(range, tiling.sampleShape, tiling.sampleShape);
    } else {
      const chunk = state.chunkKeys[row] ?? '';
      const facts = await chunkOf(scan, commit, state, chunk, last - before, row === rows.length - 1, results);
      if (!facts) [state.sound, range.whole] = [false, false];
      else if (facts.min && facts.max) widen(range, facts.min, facts.max);
      if (facts && !facts.hasPositions && !isImageCompression(meta.chunkCompression)) hasTiles = true;
    }
    row = end;
  }
  const rewrite = (right: NonNullable<typeof tiles>) => () => ({
    action: `Wrote the list of tiled samples of "${name}" again`,
    puts: [{ key: tilesAt, bytes: serializeTiles(right) }],
  });
  if (!tiles) {
    const message = `The list of tiled samples: ${state.tilesFault}`;
    await scan.error('tiles', tilesAt, message, place, hasTiles || !ids ? undefined : rewrite(new Map()));
  } else {
    const past = [...tiles.keys()].filter((index) => index >= indexed(state));
    if (past.length > 0 && ids) {
      const right = new Map([...tiles].filter(([index]) => index < indexed(state)));
      const message = `The list of tiled samples names sample ${past[0]}, which does not exist.`;
      await scan.error('tiles', tilesAt, message, place, rewrite(right));
    } else if (state.tilesFault !== undefined && meta.length > 0) {
      await scan.warn(
        'tiles',
        tilesAt,
        'The list of tiled samples is missing.',
        place,
        hasTiles ? undefined : rewrite(new Map()),
      );
    }
  }
  if (!isTextLike(meta) && state.sound) await checkRange(scan, state, range);
}

interface Range {
  min: readonly number[] | undefined;
  max: readonly number[] | undefined;
  mixed: boolean;
  whole: boolean;
}

function widen(range: Range, min: readonly number[], max: readonly number[]): void {
  if (range.min && range.min.length !== min.length) range.mixed = true;
  range.min = range.min?.map((size, axis) => Math.min(size, min[axis] ?? 0)) ?? min;
  range.max = range.max?.map((size, axis) => Math.max(size, max[axis] ?? 0)) ?? max;
}

async function checkRange(scan: Scan, state: TensorState, { min, max, mixed, whole }: Range): Promise<void> {
  const { meta, place } = state;
  const { minShape, maxShape } = meta;
  if (!min || !max || !whole) return;
  if (maxShape.length === 0 && max.every((size) => size === 0)) return; // only empty samples so far
  const key = tensorMetaKey(place.commit ?? '', state.key);
  if (mixed) {
    await scan.error('shape-range', key, 'Samples differ in their number of dimensions.', place);
    return;
  }
  const fits = minShape.length === min.length && maxShape.length === max.length;
  const covers =
    fits && min.every((size, i) => size >= (minShape[i] ?? 0)) && max.every((size, i) => size <= (maxShape[i] ?? 0));
  if (covers) {
    if (min.join() !== minShape.join() || max.join() !== maxShape.join())
      await scan.warn(
        'shape-range',
        key,
        `Shapes are recorded as (${minShape}) to (${maxShape}), wider than (${min}) to (${max}).`,
        place,
      );
    return;
  }
  const right = {
    ...meta,
    minShape: fits ? min.map((size, i) => Math.min(size, minShape[i] ?? 0)) : min,
    maxShape: fits ? max.map((size, i) => Math.max(size, maxShape[i] ?? 0)) : max,
  };
  await wrongMeta(
    scan,
    state,
    `Shapes (${min}) to (${max}) are not within the recorded (${minShape}) to (${maxShape}).`,
    right,
  );
}

/** Checks a chunk once for each way in which it is read. */
async function chunkOf(
  scan: Scan,
  commit: CommitState,
  state: TensorState,
  key: string,
  count: number,
  isLast: boolean,
  results: ChunkResults,
): Promise<ChunkFacts | undefined> {
  const { meta, place } = state;
  const { htype, dtype, sampleCompression, chunkCompression, isLink } = meta;
  const meaning = JSON.stringify([key, count, htype, dtype, sampleCompression, chunkCompression, isLink]);
  scan.known.add(key);
  if (results.has(meaning)) return results.get(meaning);
  if (!(await scan.has(key))) {
    await scan.error('chunk-missing', key, 'The chunk is missing. Restore it from a copy.', place);
    results.set(meaning, undefined);
    return undefined;
  }
  const own = key.startsWith(chunkKey(commit.id, state.key, 0n).slice(0, -1));
  const facts = await checkChunk(scan, meta, key, count, own && isLast, place);
  results.set(meaning, facts);
  return facts;
}

async function checkTiled(scan: Scan, state: TensorState, index: number, from: number, to: number): Promise<boolean> {
  const { tiles, meta, place, key } = state;
  const at = tilesKey(place.commit ?? '', key);
  const chunks = state.chunkKeys.slice(from, to);
  for (const chunk of chunks) scan.known.add(chunk);
  if (!tiles) return false;
  const tiling = tiles.get(index);
  if (!tiling) {
    await scan.error(
      'tiles',
      at,
      `Sample ${index} has ${to - from} chunks, but no entry in the list of tiled samples.`,
      place,
    );
    return false;
  }
  const { sampleShape, tileShape } = tiling;
  const cells = tileCount(sampleShape, tileShape);
  if (cells !== to - from || cells > MAX_TILES) {
    await scan.error(
      'tiles',
      at,
      `Sample ${index} has ${to - from} chunks, but its shape asks for ${cells} tiles.`,
      place,
    );
    return false;
  }
  scan.task.checked.samples++;
  let good = true;
  for (const [i, { shape }] of tilePlaces(sampleShape, tileShape).entries()) {
    const chunk = chunks[i] ?? '';
    if (await checkTile(scan, meta, chunk, shape, place)) continue;
    await scan.error('chunk-missing', chunk, `A tile of sample ${index} is missing. Restore it from a copy.`, place);
    good = false;
  }
  return good;
}
