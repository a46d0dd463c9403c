/** Commits, branches and what lies between them. Loaded when history is first asked for or made. */
import { DatasetError } from '../errors.js';
import { parseChunkSet } from '../format/chunk-set.js';
import { emptyDatasetMeta, parseDatasetMeta, serializeDatasetMeta } from '../format/dataset-meta.js';
import { chunkSetKey, commitPrefix, datasetMetaKey, FIRST_COMMIT, versionInfoKey } from '../format/keys.js';
import type { VersionInfo } from '../format/version-info.js';
import { undoFolder } from '../store/private-keys.js';
import type { CallOptions, Put, Store } from '../store/types.js';
import { changeGraph } from '../version/change-graph.js';
import { type CommitChanges, hasChanges, readChanges } from '../version/changes.js';
import { copyHead } from '../version/copy-head.js';
import { acquireDatasetLock } from '../version/dataset-lock.js';
import { lineageOf, loadVersionInfo, resolveAddress } from '../version/graph.js';
import {
  commitsOfBranch,
  commonAncestor,
  newCommitId,
  pathToAncestor,
  type Signature,
  withBranch,
  withCommit,
  withFreshHead,
  withoutCommits,
} from '../version/plan-history.js';
import { loadSnapshot } from '../version/snapshot.js';
import { deletionsUnder } from './deleted-files.js';
import { readOnly, type Session } from './session.js';

/** Options of a commit. */
export interface CommitOptions {
  /** Who makes it. Default: the dataset's `author`, else `public`, as Deep Lake writes without a login. */
  readonly author?: string;
  /** Makes a commit although nothing has changed. Default false: it is an error. */
  readonly allowEmpty?: boolean;
}

/** A commit in the log. */
export interface CommitEntry {
  /** Id: 40 hexadecimal digits. */
  readonly id: string;
  /** Branch that it was made on. */
  readonly branch: string;
  /** Id of the commit before it; undefined for the first one. */
  readonly parent: string | undefined;
  /** What its author said of it. */
  readonly message: string | null;
  /** Who made it. */
  readonly author: string | null;
  /** When it was made. */
  readonly time: Date;
}

/** What two states changed since the last commit that they both come from, newest first. */
export interface Difference {
  /** Id of that commit. */
  readonly ancestor: string;
  /** What `a` changed. */
  readonly left: readonly CommitChanges[];
  /** What `b` changed. */
  readonly right: readonly CommitChanges[];
}

/** Commits from the state that is open back to the first one, newest first. */
export function logOf({ snapshot: { versions, commit } }: Session): CommitEntry[] {
  return lineageOf(versions, commit).flatMap((id) => {
    const node = versions.commits.get(id);
    if (!node || node.time === null) return [];
    const { branch, parent, message, author, time } = node;
    return [{ id, branch, parent: parent ?? undefined, message, author, time: new Date(time * 1000) }];
  });
}

/** Whether the open head differs from the commit before it, unstored changes included. */
export function sessionHasChanges(session: Session): Promise<boolean> {
  return session.exclusive(async () => {
    await session.inUse.writer?.flush();
    return headHasChanges(session);
  });
}

/** Whether the stored head differs from the commit before it. */
export async function headHasChanges({ store, snapshot, meta }: Session): Promise<boolean> {
  return snapshot.isHead && hasChanges(store, snapshot.commit, meta);
}

/** Stores all changes and makes a commit of them. @returns its id. @throws {DatasetError} `history`, `read-only`, `storage` */
export function commit(session: Session, message: string | undefined, options: CommitOptions): Promise<string> {
  return change(session, async () => {
    const { snapshot, store } = session;
    if (!snapshot.isHead) throw readOnly(store, snapshot.commit);
    if (!options.allowEmpty && !(await headHasChanges(session))) {
      throw new DatasetError(
        'history',
        `Branch "${snapshot.branch}" of ${store.address} has no changes to commit. Pass { allowEmpty: true } to make a commit of none.`,
        { reason: 'unchanged', name: snapshot.branch },
      );
    }
    return signHead(session, message, options.author);
  });
}

/** Runs a change of history, or of the tensors, once everything before it is stored, or thrown away. @throws {DatasetError} `read-only` */
export function change<T>(
  session: Session,
  work: () => Promise<T>,
  unstored: 'store' | 'discard' = 'store',
): Promise<T> {
  return session.exclusive(async () => {
    const { writer, unlock } = session.inUse;
    if (!unlock) throw readOnly(session.store);
    await (unstored === 'store' ? writer?.flush() : writer?.abandon());
    return work();
  });
}

/** Opens another state, whose head is locked where several programs write. Within {@link Session.exclusive} only. */
export async function moveTo(session: Session, address: string): Promise<void> {
  const { store } = session;
  const snapshot = await loadSnapshot(store, address);
  const { unlock, writer } = session.inUse;
  const locksHead = unlock && !store.lock && snapshot.isHead && snapshot.commit !== session.lockedHead;
  const next = locksHead ? await acquireDatasetLock(store, snapshot.commit) : unlock;
  await writer?.abandon();
  if (locksHead) {
    await unlock();
    session.lockedHead = snapshot.commit;
  }
  session.become(snapshot, next);
  await session.recorder?.moved();
}

/** Makes a commit of the stored head, and goes on with the new one. Within {@link change} only. @returns its id */
export async function signHead(session: Session, message?: string, author?: string): Promise<string> {
  const { store, snapshot } = session;
  const head = snapshot.commit;
  const next = newCommitId();
  const before = await copyHead(store, session.meta, head, next);
  const signature: Signature = { message: message ?? null, author: author ?? session.author, time: Date.now() / 1000 };
  const after = await undoDeletions(store, head);
  await changeGraph(store, (stored) => withCommit(stored, head, signature, next), { before, after });
  await moveTo(session, snapshot.branch);
  return head;
}

/**
 * Goes to a branch or commit. With `create` a branch of that name begins here: at a commit of what has changed, else at
 * the last one.
 */
export function checkout(session: Session, address: string, create: boolean): Promise<void> {
  if (create) return createBranch(session, address);
  return session.exclusive(async () => {
    await session.inUse.writer?.flush();
    await moveTo(session, address);
  });
}

function createBranch(session: Session, name: string): Promise<void> {
  return change(session, async () => {
    const { store } = session;
    const versions = await loadVersionInfo(store);
    if (versions.branches.has(name) || versions.commits.has(name)) {
      throw new DatasetError('exists', `There is a branch or commit "${name}". Choose another name, or check it out.`, {
        what: 'branch',
        name,
      });
    }
    if (!/^[^\s/,:]+$/.test(name))
      throw new RangeError(`Names of branches have no spaces, slashes, commas or colons; got "${name}".`);
    if (await headHasChanges(session)) await signHead(session, `auto commit before checkout to ${name}`);
    const { snapshot } = session;
    const from = snapshot.isHead
      ? (snapshot.versions.commits.get(snapshot.commit)?.parent ?? undefined)
      : snapshot.commit;
    if (from === undefined) throw new TypeError('a first commit without changes');
    const metaKey = datasetMetaKey(from);
    const bytes = await store.get(metaKey);
    const meta = bytes ? parseDatasetMeta(bytes, metaKey) : session.meta;
    const head = newCommitId();
    const before = await copyHead(store, meta, from, head);
    await changeGraph(store, (stored) => withBranch(stored, from, name, head), { before });
    await moveTo(session, name);
  });
}

/** Throws away what has changed since the last commit. */
export function reset(session: Session): Promise<void> {
  return change(
    session,
    async () => {
      const { store, snapshot } = session;
      const { commit: head, branch } = snapshot;
      if (!snapshot.isHead) throw readOnly(store, head); // it would go with its commits
      const parent = snapshot.versions.commits.get(head)?.parent ?? undefined;
      if (head === FIRST_COMMIT || parent === undefined) await emptyFirst(store);
      else {
        const metaKey = datasetMetaKey(parent);
        const bytes = await store.get(metaKey);
        const meta = bytes ? parseDatasetMeta(bytes, metaKey) : emptyDatasetMeta();
        await replaceHead(store, head, (next) => copyHead(store, meta, parent, next));
      }
      await moveTo(session, branch);
    },
    'discard',
  );
}

/** Puts a fresh head in the place of one, whose files are deleted. @param files - of the new head, by its id. */
export async function replaceHead(
  store: Store,
  head: string,
  files: (next: string) => Promise<readonly Put[]>,
): Promise<void> {
  const next = newCommitId();
  const before = await files(next);
  await changeGraph(store, (stored) => withFreshHead(stored, head, next), {
    before,
    after: await deletionsOf(store, head),
  });
}

/** Deletes what the first head holds, which no other state can need: it is no commit yet. */
async function emptyFirst(store: Store): Promise<void> {
  const keys = await deletionsUnder(store, '');
  const kept = new Set([versionInfoKey]);
  await store.write?.([
    { key: datasetMetaKey(FIRST_COMMIT), bytes: serializeDatasetMeta(emptyDatasetMeta()) },
    ...keys.filter(({ key }) => !kept.has(key) && key !== datasetMetaKey(FIRST_COMMIT) && !key.endsWith('.lock')),
  ]);
}

/** Deletes a branch with its commits. @throws {DatasetError} `history` when something else needs them, `not-found` */
export function deleteBranch(session: Session, name: string): Promise<void> {
  return change(session, async () => {
    const { store, snapshot } = session;
    const versions = await loadVersionInfo(store);
    if (!versions.branches.has(name)) resolveAddress({ ...versions, commits: new Map() }, name);
    if (name === 'main' || name === snapshot.branch)
      throw inUse(name, name === 'main' ? 'it is the main one' : 'it is open');
    const ids = commitsOfBranch(versions, name);
    const own = new Set(ids);
    for (const [id, node] of versions.commits) {
      if (!own.has(id) && node.parent !== null && own.has(node.parent))
        throw inUse(name, `branch "${node.branch}" begins on it`);
    }
    const holder = await holderOf(store, versions, own);
    if (holder !== undefined) throw inUse(name, `it was merged into branch "${holder}", which reads its chunks`);
    const after = (await Promise.all(ids.map((id) => deletionsOf(store, id)))).flat();
    await changeGraph(store, (stored) => withoutCommits(stored, ids), { after });
    await moveTo(session, snapshot.isHead ? snapshot.branch : snapshot.commit);
  });
}

/** The branch of a commit that reads chunks of the given ones. */
async function holderOf(store: Store, versions: VersionInfo, ids: ReadonlySet<string>): Promise<string | undefined> {
  for (const [id, node] of versions.commits) {
    if (ids.has(id) || id === FIRST_COMMIT) continue;
    const metaKey = datasetMetaKey(id);
    const bytes = await store.get(metaKey);
    for (const tensor of bytes ? parseDatasetMeta(bytes, metaKey).tensors : []) {
      const key = chunkSetKey(id, tensor);
      const set = await store.get(key);
      for (const { commit: owner } of set ? parseChunkSet(set, key).values() : [])
        if (owner !== undefined && ids.has(owner)) return node.branch;
    }
  }
  return undefined;
}

function inUse(name: string, why: string): DatasetError<'history'> {
  return new DatasetError('history', `Branch "${name}" cannot be deleted: ${why}.`, { reason: 'branch-in-use', name });
}

/** Deletions of the files of a commit or head, and of the steps that could be undone on it. */
async function deletionsOf(store: Store, id: string): Promise<Put[]> {
  return [...(await deletionsUnder(store, commitPrefix(id))), ...(await undoDeletions(store, id))];
}

/** Deletions of the steps that could be undone on a head: a commit ends them. */
export function undoDeletions(store: Store, head: string): Promise<Put[]> {
  return deletionsUnder(store, undoFolder(head));
}

/** What the open state changed since the commit before it, or two states since they parted. */
export function changesOfHead(session: Session, options?: CallOptions): Promise<CommitChanges> {
  const { store, snapshot } = session;
  return readChanges(store, snapshot.versions, snapshot.commit, options);
}

/** What two branches or commits changed since the last commit that they both come from. */
export async function difference(session: Session, a: string, b: string, options?: CallOptions): Promise<Difference> {
  const { store, snapshot } = session;
  const { versions } = snapshot;
  const [left, right] = [resolveAddress(versions, a).commit, resolveAddress(versions, b).commit];
  const ancestor = commonAncestor(versions, left, right);
  if (ancestor === undefined) throw new RangeError(`"${a}" and "${b}" have no commit in common.`);
  const side = (from: string) =>
    Promise.all(pathToAncestor(versions, from, ancestor).map((id) => readChanges(store, versions, id, options)));
  return { ancestor, left: await side(left), right: await side(right) };
}
