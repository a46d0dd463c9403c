/** The metadata and tables of one tensor in one commit, with what could not be read left out. */
import { type ChunkIds, parseChunkIds, sampleCount } from '../format/chunk-ids.js';
import { type ChunkOwner, parseChunkSet } from '../format/chunk-set.js';
import { newCreds, parseCreds } from '../format/creds.js';
import { parseInfo } from '../format/info.js';
import type { JsonObject } from '../format/json.js';
import {
  chunkIdsKey,
  chunkKey,
  chunkSetKey,
  credsKey,
  FIRST_COMMIT,
  padsKey,
  sequencesKey,
  tensorInfoKey,
  tensorMetaKey,
  tilesKey,
} from '../format/keys.js';
import { parsePads } from '../format/pads.js';
import { newSequences, parseSequences } from '../format/sequences.js';
import { parseTensorMeta, type TensorMeta } from '../format/tensor-meta.js';
import { parseTiles, type Tiles } from '../format/tiles.js';
import type { RunTable } from '../util/runs.js';
import { Damage, type Place, type Scan } from './scan.js';

/** One commit under check. */
export interface CommitState {
  readonly id: string;
  /** Ids from this commit back to the first. */
  readonly lineage: readonly string[];
  readonly tensors: Map<string, TensorState>;
  readonly keyOfName: ReadonlyMap<string, string>;
  readonly hidden: ReadonlySet<string>;
  /** Number of names of credentials. */
  readonly credsKeys: number;
  /** Chunk sets by commit and tensor, shared by all commits. */
  readonly chunkSets: Map<string, Map<bigint, ChunkOwner>>;
}

/** One tensor of it. */
export interface TensorState {
  readonly key: string;
  readonly name: string;
  readonly place: Place;
  readonly meta: TensorMeta;
  readonly info: JsonObject;
  readonly infoDamaged: boolean;
  /** Undefined when damaged; no rows when absent. */
  readonly ids: ChunkIds | undefined;
  /** What is wrong with the file of the index: damaged, or absent. */
  readonly idsFault: string | undefined;
  readonly tiles: Tiles | undefined;
  readonly tilesFault: string | undefined;
  readonly sequences: RunTable | undefined;
  readonly creds: RunTable | undefined;
  /** Storage key of each row's chunk. */
  readonly chunkKeys: string[];
  /** Whether nothing about it was wrong so far that makes its rows doubtful. */
  sound: boolean;
}

/** Samples of a tensor: sequences, for sequence tensors. */
export function rowsOf({ meta, sequences }: TensorState): number {
  return meta.isSequence ? (sequences?.items ?? 0) : meta.length;
}

/** Reads a tensor. @returns undefined when it has no metadata that can be read. */
export async function loadState(
  scan: Scan,
  commit: CommitState,
  key: string,
  name: string,
): Promise<TensorState | undefined> {
  const { id } = commit;
  const place = { tensor: key, commit: id };
  const metaKey = tensorMetaKey(id, key);
  const meta = await scan.parsed('tensor-meta', metaKey, parseTensorMeta, place);
  if (meta === undefined)
    await scan.error('tensor-meta', metaKey, 'The metadata of the tensor is missing. Restore it from a copy.', place);
  const info = await scan.parsed('tensor-info', tensorInfoKey(id, key), parseInfo, place);
  const setKey = chunkSetKey(id, key);
  if (id !== FIRST_COMMIT) await loadChunkSet(scan, commit, id, key);
  scan.known.add(setKey);
  const idsKey = chunkIdsKey(id, key);
  const readIds = await scan.attempt(idsKey, parseChunkIds);
  const readTiles = await scan.attempt(
    tilesKey(id, key),
    orEmpty(parseTiles, () => new Map()),
  );
  const padKey = padsKey(id, key);
  await scan.parsed(
    'pads',
    padKey,
    orEmpty(parsePads, () => []),
    place,
    () => ({
      action: `Deleted the unreadable list of padding of "${key}"`,
      puts: [{ key: padKey, bytes: null }],
    }),
  );
  const isSequence = typeof meta === 'object' && meta.isSequence;
  const isLink = typeof meta === 'object' && meta.isLink;
  const read = async (
    code: 'sequences' | 'creds',
    at: string,
    parse: typeof parseCreds,
    empty: () => RunTable,
    needed: boolean,
  ) => {
    const table = needed ? await scan.parsed(code, at, orEmpty(parse, empty), place) : empty();
    scan.known.add(at);
    return table === 'damaged' ? undefined : (table ?? empty());
  };
  const sequences = await read('sequences', sequencesKey(id, key), parseSequences, newSequences, isSequence);
  const creds = await read('creds', credsKey(id, key), parseCreds, newCreds, isLink);
  if (typeof meta !== 'object') return undefined;
  const state: TensorState = {
    key,
    name,
    place,
    meta,
    info: typeof info === 'object' ? info : {},
    infoDamaged: info === 'damaged',
    ids: readIds instanceof Damage ? undefined : (readIds ?? { ids: [], lasts: [] }),
    idsFault: faultOf(readIds),
    tiles: readTiles instanceof Damage ? undefined : (readTiles ?? new Map()),
    tilesFault: faultOf(readTiles),
    sequences,
    creds,
    chunkKeys: [],
    sound:
      !(readIds instanceof Damage) && !(readTiles instanceof Damage) && sequences !== undefined && creds !== undefined,
  };
  if (Array.isArray(meta.extras.vdb_indexes) && meta.extras.vdb_indexes.length > 0)
    for (const at of scan.under(`${metaKey.slice(0, -'tensor_meta.json'.length)}vdb_indexes/`)) scan.known.add(at);
  for (const chunk of state.ids?.ids ?? []) state.chunkKeys.push(await ownerKey(scan, commit, key, chunk));
  return state;
}

function faultOf(read: unknown): string | undefined {
  if (read instanceof Damage) return read.message;
  return read === undefined ? 'The file is missing.' : undefined;
}

function orEmpty<T>(parse: (bytes: Uint8Array<ArrayBuffer>, key: string) => T, empty: () => T) {
  return (bytes: Uint8Array<ArrayBuffer>, key: string): T => (bytes.length === 0 ? empty() : parse(bytes, key));
}

/** The chunk set of a tensor in a commit; an empty one when it is absent or damaged, which is told once. */
export async function loadChunkSet(
  scan: Scan,
  commit: CommitState,
  id: string,
  key: string,
): Promise<Map<bigint, ChunkOwner>> {
  const at = chunkSetKey(id, key);
  let set = commit.chunkSets.get(at);
  if (set) return set;
  const bytes = await scan.read(at);
  set = new Map();
  try {
    if (bytes) set = parseChunkSet(bytes, at);
  } catch {
    // Reported where the commit itself is checked.
  }
  commit.chunkSets.set(at, set);
  return set;
}

/** Where a chunk lies: with the nearest commit that lists it (`spec` §7.3). */
export async function ownerKey(
  scan: Scan,
  commit: CommitState,
  key: string,
  chunk: bigint,
  skip?: string,
): Promise<string> {
  for (const id of commit.lineage) {
    if (id === FIRST_COMMIT || id === skip) continue;
    const entry = (await loadChunkSet(scan, commit, id, key)).get(chunk);
    if (entry) return chunkKey(entry.commit ?? id, entry.tensor ?? key, chunk);
  }
  return chunkKey(FIRST_COMMIT, key, chunk);
}

/** Samples that the rows of the chunk index cover. */
export function indexed({ ids }: TensorState): number {
  return ids ? sampleCount(ids) : 0;
}
