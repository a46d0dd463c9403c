/** Merges branches, row by row: samples are matched by their ids. Loaded with the first merge. */
import { DatasetError, type MergeConflict } from '../errors.js';
import { emptyDatasetDiff, parseDatasetDiff, serializeDatasetDiff } from '../format/dataset-diff.js';
import { parseDatasetMeta } from '../format/dataset-meta.js';
import { commitPrefix, datasetDiffKey, datasetMetaKey } from '../format/keys.js';
import type { VersionInfo } from '../format/version-info.js';
import type { CallOptions, Put, Store } from '../store/types.js';
import type { Awaitable } from '../util/bytes.js';
import { changeGraph } from '../version/change-graph.js';
import { hasChanges } from '../version/changes.js';
import { copyHead } from '../version/copy-head.js';
import { acquireDatasetLock } from '../version/dataset-lock.js';
import { resolveAddress } from '../version/graph.js';
import { commonAncestor, newCommitId, withCommit } from '../version/plan-history.js';
import { mergedCommit, mergeMessage, planTensorMerge, type RowPair, type TensorMerge } from '../version/plan-merge.js';
import { isTouched, namedTensors, readSide, type Side } from '../version/read-side.js';
import { loadSnapshot } from '../version/snapshot.js';
import { deletedFiles } from './deleted-files.js';
import { change, moveTo, undoDeletions } from './history.js';
import {
  adoptForm,
  appendRows,
  isSameChange,
  type MergeSides,
  planTensorRows,
  type TensorRows,
  takeSamples,
} from './merge-rows.js';
import { copyTensor, renameTensors } from './merge-tensors.js';
import { withoutTensors } from './meta-names.js';
import { withDeleted, withRenamed } from './name-records.js';
import { readOnly, Session } from './session.js';
import { Tensor } from './tensor.js';
import { openWriter, type Writer } from './writer.js';

/** A side of a merge. */
export type MergeChoice = 'ours' | 'theirs';

/** A sample that both sides changed, with what a read of each side gives. */
export interface ConflictSamples {
  /** Name of the tensor on the branch that is merged into. */
  readonly tensor: string;
  /** Id of the sample: a whole number of 64 bits in decimal digits. */
  readonly id: string;
  /** The sample on the branch that is merged into. */
  readonly ours: unknown;
  /** The sample on the branch that is merged. */
  readonly theirs: unknown;
}

/** Options of a merge. */
export interface MergeOptions extends CallOptions {
  /** Which side counts where both changed a sample, or a function that decides. Default: conflicts are an error. */
  readonly onConflict?: MergeChoice | ((conflict: ConflictSamples) => Awaitable<MergeChoice>);
  /** Deletes tensors that the other side has deleted. Default false. */
  readonly deleteRemovedTensors?: boolean;
  /** Stands before `Merge <commit> into <branch>` in the message, by which later merges know of this one. */
  readonly message?: string;
  /** Who makes the commit. Default: the dataset's `author`. */
  readonly author?: string;
}

/** What a merge did. */
export interface MergeResult {
  /** Id of the commit that it ends in; undefined when there was nothing to merge. */
  readonly commit: string | undefined;
  /** Rows that were appended. */
  readonly added: number;
  /** Samples that were overwritten. */
  readonly updated: number;
  /** Samples that both sides had changed, and which side was taken. */
  readonly conflicts: readonly (MergeConflict & { readonly taken: MergeChoice })[];
  /** Names of tensors that were created and deleted. */
  readonly tensors: { readonly created: readonly string[]; readonly deleted: readonly string[] };
}

// Up to here a merge that fails leaves nothing behind; a larger one is stored in parts.
const KEPT_BYTES = 64_000_000;

/**
 * Merges a branch or commit into the open head, and makes a commit of that.
 * @throws {DatasetError} `history` (`conflict`, `mismatch`), `unsupported`, `not-found`, `read-only`, `storage`
 */
export function merge(session: Session, address: string, options: MergeOptions): Promise<MergeResult> {
  return change(session, async () => {
    const { store } = session;
    if (!session.snapshot.isHead) throw readOnly(store, session.snapshot.commit);
    await moveTo(session, session.snapshot.branch); // as it is stored now
    const target = await findTarget(session, address, options);
    const unlock =
      target.isOpen && !store.lock && target.commit !== session.snapshot.commit
        ? await acquireDatasetLock(store, target.commit)
        : undefined;
    try {
      return await mergeCommit(session, target, options);
    } finally {
      await unlock?.();
    }
  });
}

interface Target {
  readonly commit: string;
  /** Whether it is a head with changes, of which a commit is made. */
  readonly isOpen: boolean;
}

async function findTarget({ store, snapshot }: Session, address: string, options: CallOptions): Promise<Target> {
  const { commit } = resolveAddress(snapshot.versions, address);
  const node = snapshot.versions.commits.get(commit);
  if (node?.time !== null) return { commit, isOpen: false };
  const meta = await metaOf(store, commit, options);
  if (await hasChanges(store, commit, meta, options)) return { commit, isOpen: true };
  return { commit: node.parent ?? commit, isOpen: false };
}

async function metaOf(store: Store, commit: string, options: CallOptions) {
  const key = datasetMetaKey(commit);
  const bytes = await store.get(key, options);
  if (bytes) return parseDatasetMeta(bytes, key);
  throw new DatasetError('not-found', `Commit ${commit} of ${store.address} has no metadata: ${key} is missing.`, {
    what: 'commit',
    name: commit,
    key,
  });
}

async function mergeCommit(session: Session, target: Target, options: MergeOptions): Promise<MergeResult> {
  const sides = await readSides(session, target.commit, options);
  if (!sides) {
    return { commit: undefined, added: 0, updated: 0, conflicts: [], tensors: { created: [], deleted: [] } };
  }
  const tensors = await planTensors(sides, options);
  const plans: TensorRows[] = [];
  for (const common of tensors.common) plans.push(await planTensorRows(common, sides, session.reading, options));
  const conflicts = await settleConflicts(session, sides, plans, options);
  // From here on something changes.
  await signBoth(session, target, options);
  const writer = await openWriter(session, false);
  const relieve = async () => {
    options.signal?.throwIfAborted();
    if (writer.draft.pendingBytes > KEPT_BYTES) await writer.flush();
  };
  const counts = await applyRows(session, writer, plans, conflicts.taken, options, relieve);
  const deleted = options.deleteRemovedTensors ? tensors.deleted : [];
  await applyTensors(session, sides, writer, { ...tensors, deleted }, options);
  await writer.flush();
  const record = mergeMessage(target.commit, session.snapshot.branch);
  const message = options.message === undefined ? record : `${options.message}\n\n${record}`;
  const commit = session.snapshot.commit;
  await sign(session, [commit], message, options);
  return { commit, ...counts, conflicts: conflicts.all, tensors: { created: tensors.created, deleted } };
}

/** Makes commits of what both sides have changed since their last ones, so that the merge has one of its own. */
async function signBoth(session: Session, target: Target, options: MergeOptions): Promise<void> {
  const { store, snapshot } = session;
  const heads = target.isOpen ? [target.commit] : [];
  if (await hasChanges(store, snapshot.commit, snapshot.meta, options)) heads.push(snapshot.commit);
  if (heads.length > 0) await sign(session, heads, `Auto commit before merging into ${snapshot.branch}`, options);
}

/** Makes commits of heads, in one change of the graph, and goes on with the new head of the open branch. */
async function sign(session: Session, heads: readonly string[], message: string, options: MergeOptions): Promise<void> {
  const { store, snapshot } = session;
  const author = options.author ?? session.author;
  const signature = { message, author, time: Date.now() / 1000 };
  const before: Put[] = [];
  const next = new Map(heads.map((head) => [head, newCommitId()]));
  for (const [head, id] of next) before.push(...(await copyHead(store, await metaOf(store, head, options), head, id)));
  const signed = (stored: VersionInfo) =>
    [...next].reduce((graph, [head, id]) => withCommit(graph, head, signature, id), stored);
  const after = (await Promise.all(heads.map((head) => undoDeletions(store, head)))).flat();
  await changeGraph(store, signed, { before, after });
  await moveTo(session, snapshot.branch);
}

/** Reads both sides; undefined when ours has all of theirs already. */
async function readSides(session: Session, commit: string, options: CallOptions): Promise<MergeSides | undefined> {
  const { store, snapshot } = session;
  const { versions, commit: head } = snapshot;
  const base = commonAncestor(versions, head, commit);
  if (base === commit) return undefined;
  if (base === undefined) throw new RangeError(`"${commit}" and "${head}" have no commit in common.`);
  const ours = { ...(await readSide(store, versions, head, base, options)), snapshot };
  const theirs = await readSide(store, versions, commit, base, options);
  const merged = new Map<string, string>();
  for (const id of [...ours.path, ...theirs.path]) {
    const from = mergedCommit(versions.commits.get(id) ?? { message: null });
    if (from !== undefined) merged.set(id, from);
  }
  const lastMerged = ({ path }: Side, into: Side) => {
    const at = into.path.flatMap((id) => path.indexOf(merged.get(id) ?? ''));
    return path[Math.max(-1, ...at)];
  };
  const [settled, lent] = [lastMerged(theirs, ours), lastMerged(ours, theirs)];
  if (settled === commit) return undefined;
  const state = (id: string | undefined) => (id === undefined ? undefined : loadSnapshot(store, id, options));
  return {
    ours,
    theirs,
    merged,
    ancestor: await loadSnapshot(store, base, options),
    settled: await state(settled),
    lent: await state(lent),
  };
}

async function planTensors(sides: MergeSides, options: CallOptions): Promise<TensorMerge> {
  const { ours, theirs, ancestor, settled } = sides;
  const news = settled ? theirs.path.slice(theirs.path.indexOf(settled.commit) + 1) : theirs.path;
  const merged = settled && namedTensors(settled);
  const changed = new Set<string>();
  for (const [name, { key }] of namedTensors(theirs.snapshot))
    if (await isTouched({ ...theirs, path: news }, key, options)) changed.add(name);
  const named = ({ snapshot, diffs }: Side) => ({ names: [...namedTensors(snapshot).keys()], changes: diffs });
  const plan = planTensorMerge(
    [...namedTensors(ancestor).keys()],
    named(ours),
    named(theirs),
    (name) => changed.has(name),
    (name) => merged?.has(name) ?? false,
  );
  const [clash] = plan.clashes;
  if (!clash) return plan;
  throw new DatasetError(
    'history',
    `Tensor "${clash.name}" cannot be merged: ${clash.why}. Rename one of the two, and merge again.`,
    { reason: 'conflict', tensor: clash.name },
  );
}

/** Decides all conflicts before anything changes. @throws {DatasetError} `history` listing those that nobody decides */
async function settleConflicts(
  session: Session,
  { theirs }: MergeSides,
  plans: readonly TensorRows[],
  options: MergeOptions,
) {
  const { onConflict } = options;
  const open: MergeConflict[] = [];
  const all: (MergeConflict & { readonly taken: MergeChoice })[] = [];
  const taken = new Map<TensorRows, RowPair[]>();
  // Reads their samples as the open dataset reads ours.
  const other = new Session({
    store: session.store,
    ownsStore: false,
    stats: session.stats,
    snapshot: theirs.snapshot,
    codecs: session.codecs,
    autoFlush: false,
    links: {},
    unlock: undefined,
  });
  for (const plan of plans) {
    const pairs: RowPair[] = [];
    for (const pair of plan.conflicts) {
      options.signal?.throwIfAborted();
      if (await isSameChange(plan, pair, session.reading, options)) continue;
      const conflict = { tensor: plan.ours, id: String(pair.id), ours: pair.ours, theirs: pair.theirs };
      if (onConflict === undefined) {
        open.push(conflict);
        continue;
      }
      const read = (from: Session, name: string, key: string, row: number) =>
        new Tensor(from, { name, key, closedNames: false }).at(row, options);
      const choice =
        typeof onConflict === 'string'
          ? onConflict
          : await onConflict({
              tensor: conflict.tensor,
              id: conflict.id,
              ours: await read(session, plan.ours, plan.key, pair.ours),
              theirs: await read(other, plan.theirs, plan.from.main.key, pair.theirs),
            });
      if (choice !== 'ours' && choice !== 'theirs')
        throw new TypeError(`onConflict must give 'ours' or 'theirs'; got ${JSON.stringify(choice)}.`);
      all.push({ ...conflict, taken: choice });
      if (choice === 'ours') continue;
      pairs.push(pair);
    }
    taken.set(plan, pairs);
  }
  if (open.length === 0) return { all, taken };
  const some = open.slice(0, 3).map(({ tensor, ours }) => `"${tensor}" row ${ours}`);
  throw new DatasetError(
    'history',
    `Both sides changed ${open.length} samples: ${some.join(', ')}${open.length > 3 ? ', …' : ''}. Pass { onConflict } to say which count.`,
    { reason: 'conflict', name: theirs.snapshot.commit, conflicts: open },
  );
}

async function applyRows(
  session: Session,
  writer: Writer,
  plans: readonly TensorRows[],
  taken: ReadonlyMap<TensorRows, readonly RowPair[]>,
  options: CallOptions,
  relieve: () => Promise<void>,
) {
  // A row that comes back in one tensor comes back in all, or rows would no longer belong together.
  const returning = new Set(plans.flatMap((plan) => plan.returning));
  const isPadding = (row: number) => plans.every((plan) => row >= plan.ids.length || plan.padded.has(row));
  const rows = new Set<number>();
  let updated = 0;
  for (const plan of plans) {
    const pairs = [...plan.updated, ...(taken.get(plan) ?? [])];
    const back = plan.removed.filter((row) => returning.has(row));
    const added = [...plan.added, ...back].filter((row) => !isPadding(row)).sort((a, b) => a - b);
    if (pairs.length + added.length === 0 && !plan.classes) continue;
    const draft = await writer.tensorDraft({ name: plan.ours, key: plan.key });
    adoptForm(draft, plan);
    await takeSamples(draft, plan, pairs, session.reading, options, relieve);
    updated += pairs.length;
    for (const row of added) rows.add(row);
    await appendRows(draft, plan, added, session.reading, options, relieve);
  }
  return { added: rows.size, updated };
}

/** Creates, renames and deletes tensors: files of new ones first, then what names them, then deletions. */
async function applyTensors(
  session: Session,
  { theirs }: MergeSides,
  writer: Writer,
  { common, created, deleted }: TensorMerge,
  options: CallOptions,
): Promise<void> {
  const { store, snapshot } = session;
  const { draft } = writer;
  const head = draft.commit;
  const [mine, their] = [namedTensors(snapshot), namedTensors(theirs.snapshot)];
  const key = datasetDiffKey(head);
  const bytes = await store.get(key, options);
  const before = bytes ? parseDatasetDiff(bytes, key) : emptyDatasetDiff();
  let [diff, meta] = [before, draft.meta];
  const deletions: Put[] = [];
  for (const name of deleted) {
    const tensor = mine.get(name);
    if (!tensor) continue;
    const keys = [tensor.key, ...Object.keys(tensor.meta.links)];
    meta = withoutTensors(meta, keys);
    diff = withDeleted(diff, [name]);
    for (const one of keys) deletions.push(...(await deletedFiles(store, `${commitPrefix(head)}${one}/`)));
  }
  const renamings = [];
  const drafts = [];
  for (const { ours: from, name: to } of common) {
    if (from === to) continue;
    const tensor = await writer.tensorDraft({ name: from, key: mine.get(from)?.key ?? from });
    drafts.push(tensor, ...tensor.companions.map((companion) => companion.draft));
    renamings.push({ from, to, companions: Object.keys(tensor.meta.links) });
  }
  if (renamings.length > 0) {
    const after = renameTensors(meta, renamings);
    meta = after.meta;
    diff = withRenamed(
      diff,
      renamings.map(({ from, to }) => [from, to] as const),
    );
    for (const tensor of drafts) {
      const name = after.renamed.get(tensor.key);
      if (name !== undefined) tensor.changeMeta({ name });
    }
  }
  const names = new Map(Object.entries(theirs.snapshot.meta.tensorNames).map(([name, one]) => [one, name]));
  const written = new Set<string>();
  for (const name of created) {
    const tensor = their.get(name);
    if (!tensor) continue;
    const copy = await copyTensor(meta, name, tensor, names, head, options);
    meta = copy.meta;
    await store.write?.(copy.puts);
    for (const put of copy.puts) written.add(put.key);
  }
  if (meta !== draft.meta) draft.setMeta(meta);
  if (diff !== before) draft.addPut({ key, bytes: serializeDatasetDiff(diff) });
  for (const put of deletions) if (!written.has(put.key)) draft.addPut(put);
}
