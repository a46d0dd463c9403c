/** Makes the open head hold what a commit holds: its chunks stay where they are. Loaded with the first such call. */
import type { StoredTensor } from '../chunk/stored-tensor.js';
import { DatasetError } from '../errors.js';
import { serializeChunkSet } from '../format/chunk-set.js';
import {
  type CommitDiff,
  newCommitDiff,
  recordAppend,
  recordClear,
  serializeCommitDiff,
} from '../format/commit-diff.js';
import { type DatasetDiff, serializeDatasetDiff } from '../format/dataset-diff.js';
import { serializeInfo } from '../format/info.js';
import type { JsonObject } from '../format/json.js';
import {
  chunkSetKey,
  commitDiffKey,
  credsKey,
  datasetDiffKey,
  FIRST_COMMIT,
  sequencesKey,
  tilesKey,
} from '../format/keys.js';
import { serializeTensorMeta } from '../format/tensor-meta.js';
import type { Put } from '../store/types.js';
import { equalBytes } from '../util/bytes.js';
import { adoptedChunks, chunkOwners } from '../version/chunk-owners.js';
import { copyHead } from '../version/copy-head.js';
import { commitIdOf, loadVersionInfo, resolveAddress } from '../version/graph.js';
import { loadSnapshot, loadStoredTensor, type Snapshot } from '../version/snapshot.js';
import { change, headHasChanges, moveTo, replaceHead, signHead } from './history.js';
import { readOnly } from './session.js';
import type { Managed } from './stored-head.js';

/** Makes the open head hold what a commit holds; see `Dataset.restore`. */
export async function restore({ session, handles }: Managed, address: string): Promise<void> {
  const { store } = session;
  await change(session, async () => {
    if (!session.snapshot.isHead) throw readOnly(store, session.snapshot.commit);
    const versions = await loadVersionInfo(store);
    const target = commitIdOf(versions, resolveAddress(versions, address).commit);
    if (target === undefined) throw noCommit(address);
    if (await headHasChanges(session)) await signHead(session, `Auto commit before restoring ${address}`);
    const { commit: head, branch, versions: now } = session.snapshot;
    const parent = now.commits.get(head)?.parent ?? head;
    if (parent === target) return; // the head is as it was made
    const [before, after] = [await stateOf(await loadSnapshot(store, parent)), await loadSnapshot(store, target)];
    const restored = await stateOf(after);
    await replaceHead(store, head, async (next) => {
      const puts = [
        ...(await copyHead(store, after.meta, target, next)),
        ...(await planRestore(before, restored, next)),
      ];
      return [...new Map(puts.map((put) => [put.key, put])).values()]; // lists of chunks in the place of empty ones
    });
    await moveTo(session, branch);
  });
  handles.clear();
}

const NONE = new Uint8Array(0);

/** A state with all of its tensors, hidden ones too, by key. */
interface State {
  readonly snapshot: Snapshot;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

async function stateOf(snapshot: Snapshot): Promise<State> {
  const { meta, source, tensors } = snapshot;
  const all = meta.tensors.map(
    async (key) => [key, tensors.get(key) ?? (await loadStoredTensor(source, key))] as const,
  );
  return { snapshot, tensors: new Map(await Promise.all(all)) };
}

/** Plans the records of a new head that follows one state and holds another, and the lists of its chunks. */
async function planRestore(before: State, after: State, head: string): Promise<Put[]> {
  const created = createdKeys(before, after);
  const puts = await Promise.all(
    [...after.tensors.values()].map((tensor) => planTensor(tensor, created.has(tensor.key), before, head)),
  );
  const diff = datasetChanges(before, after, created);
  const { infoUpdated, renamed, deleted } = diff;
  const record = infoUpdated || renamed.size > 0 || deleted.length > 0;
  return [...puts.flat(), ...(record ? [{ key: datasetDiffKey(head), bytes: serializeDatasetDiff(diff) }] : [])];
}

/** Keys of the tensors that are others than those of the same key before, if there were any, with their companions. */
function createdKeys(before: State, after: State): ReadonlySet<string> {
  const created = new Set<string>();
  const visit = (key: string): void => {
    if (created.has(key)) return;
    created.add(key);
    for (const companion of Object.keys(after.tensors.get(key)?.meta.links ?? {})) visit(companion);
  };
  for (const [key, tensor] of after.tensors) {
    const old = before.tensors.get(key);
    if (!old || !isSameTensor(old, tensor)) visit(key);
  }
  return created;
}

/** Whether one tensor can have become the other: nothing differs that no change of a tensor reaches. */
function isSameTensor({ meta: a }: StoredTensor, { meta: b }: StoredTensor): boolean {
  return (
    a.isSequence === b.isSequence &&
    a.isLink === b.isLink &&
    (a.dtype ?? b.dtype) === (b.dtype ?? a.dtype) &&
    a.sampleCompression === b.sampleCompression &&
    a.chunkCompression === b.chunkCompression
  );
}

/** What the head changes in the dataset as a whole. */
function datasetChanges(before: State, after: State, created: ReadonlySet<string>): DatasetDiff {
  const [old, now] = [before.snapshot, after.snapshot];
  const [names, newNames] = [namesOf(old), namesOf(now)];
  const renamed: [string, string][] = [];
  const gone: string[] = [];
  for (const key of old.tensors.keys()) {
    const [from, to] = [names.get(key) ?? key, newNames.get(key) ?? key];
    if (!after.tensors.has(key) || created.has(key)) gone.push(from);
    else if (now.tensors.has(key) && from !== to) renamed.push([from, to]);
  }
  const groups = old.meta.groups.filter((group) => !now.meta.groups.includes(group));
  const within = (name: string) => groups.find((group) => name.startsWith(`${group}/`));
  // A group that goes speaks for all that lies in it.
  const deleted = [...gone, ...groups].filter((name) => within(name) === undefined);
  return { infoUpdated: !sameInfo(old.info, now.info), renamed: new Map(renamed), deleted: [...new Set(deleted)] };
}

function namesOf({ meta }: Snapshot): Map<string, string> {
  return new Map(Object.entries(meta.tensorNames).map(([name, key]) => [key, name]));
}

/** The record of a tensor that differs, and the list of those of its chunks that the head would not find else. */
async function planTensor(tensor: StoredTensor, isCreated: boolean, before: State, head: string): Promise<Put[]> {
  const { key } = tensor;
  const old = before.tensors.get(key);
  const { ids } = await tensor.chunkIds();
  const [owners, found] = [await chunkOwners(tensor, ids), await (old && chunkOwners(old, ids))];
  const foreign = [...owners].filter(([id, { commit, tensor: folder }]) => {
    const owner = found?.get(id);
    return owner?.commit !== commit || owner.tensor !== folder;
  });
  const puts: Put[] = [];
  if (foreign.length > 0)
    puts.push({ key: chunkSetKey(head, key), bytes: serializeChunkSet(adoptedChunks(new Map(foreign), key)) });
  const diff = await recordOf(isCreated ? undefined : old, tensor, foreign.length === 0);
  if (diff) puts.push({ key: commitDiffKey(head, key), bytes: serializeCommitDiff(diff) });
  return puts;
}

/** What the head changes in a tensor: nothing, its metadata, or all samples, of which the format has but one record. */
async function recordOf(
  old: StoredTensor | undefined,
  tensor: StoredTensor,
  sameChunks: boolean,
): Promise<CommitDiff | undefined> {
  const info = await tensor.info();
  if (!old) {
    return { ...recordAppend(newCommitDiff(true, 0), tensor.length), infoUpdated: Object.keys(info).length > 0 };
  }
  const infoUpdated = !sameInfo(await old.info(), info);
  if (!sameChunks || !(await sameTables(old, tensor)))
    return { ...recordAppend(recordClear(newCommitDiff(false, 0)), tensor.length), infoUpdated };
  const metaOf = ({ meta }: StoredTensor) => serializeTensorMeta({ ...meta, name: '' }); // renames have their own record
  if (!infoUpdated && equalBytes(metaOf(old), metaOf(tensor))) return undefined;
  return { ...newCommitDiff(false, tensor.length), infoUpdated };
}

/** Whether two states of a tensor have the same samples, as far as their tables tell. */
async function sameTables(a: StoredTensor, b: StoredTensor): Promise<boolean> {
  const [mine, their] = [await a.chunkIds(), await b.chunkIds()];
  if (String(mine.ids) !== String(their.ids) || String(mine.lasts) !== String(their.lasts)) return false;
  for (const file of [tilesKey, sequencesKey, credsKey]) {
    const [one, other] = await Promise.all(
      [a, b].map(({ from, key }) => from.store.get(file(from.lineage[0] ?? FIRST_COMMIT, key))),
    );
    if (!equalBytes(one ?? NONE, other ?? NONE)) return false;
  }
  return true;
}

function sameInfo(a: JsonObject, b: JsonObject): boolean {
  return equalBytes(serializeInfo(a), serializeInfo(b));
}

function noCommit(address: string): DatasetError<'not-found'> {
  return new DatasetError('not-found', `"${address}" has no commit yet. Make one with commit() first.`, {
    what: 'commit',
    name: address,
  });
}
