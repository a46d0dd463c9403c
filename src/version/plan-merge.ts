/** What a merge has to do: pure functions of names, sample ids and records of changes (`spec` §7.8). */
import type { CommitNode } from '../format/version-info.js';

/** What the commits of one side did to the names of tensors, oldest first. */
export interface NameChanges {
  /** New names of renamed tensors by their old ones. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Names of deleted tensors. */
  readonly deleted: readonly string[];
}

/** Visible tensors of one side, and what became of those of the common ancestor. */
export interface NamedSide {
  readonly names: readonly string[];
  readonly changes: readonly NameChanges[];
}

/** A tensor that both sides have. */
export interface CommonTensor {
  /** Its name at the common ancestor, when it was there. */
  readonly ancestor?: string;
  readonly ours: string;
  readonly theirs: string;
  /** Its name after the merge. */
  readonly name: string;
}

/** What becomes of tensors. */
export interface TensorMerge {
  readonly common: readonly CommonTensor[];
  /** Tensors of theirs that are copied with all samples. */
  readonly created: readonly string[];
  /** Tensors of ours that they have deleted. */
  readonly deleted: readonly string[];
  /** Tensors whose names contradict each other: theirs, with the reason. */
  readonly clashes: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Pairs the tensors of two sides: those of the common ancestor by what they were called there, all others by name.
 *
 * @param ancestor - names of the visible tensors there.
 * @param isChanged - whether they changed a tensor (by its name there) since: it comes back if we have deleted it.
 * @param wasMerged - whether a tensor of theirs was merged before: if we have none, we have deleted it.
 */
export function planTensorMerge(
  ancestor: readonly string[],
  ours: NamedSide,
  theirs: NamedSide,
  isChanged: (name: string) => boolean,
  wasMerged: (name: string) => boolean,
): TensorMerge {
  const [mine, their] = [namesNow(ancestor, ours), namesNow(ancestor, theirs)];
  const common: CommonTensor[] = [];
  const created: string[] = [];
  const deleted: string[] = [];
  const clashes: { name: string; why: string }[] = [];
  const [paired, taken] = [new Set<string>(), new Set<string>()];
  for (const old of ancestor) {
    const [a, b] = [mine.get(old), their.get(old)];
    if (b !== undefined) taken.add(b);
    if (a !== undefined) paired.add(a);
    if (a !== undefined && b === undefined) deleted.push(a);
    if (a === undefined && b !== undefined && isChanged(b)) created.push(b);
    if (a === undefined || b === undefined) continue;
    if (a !== old && b !== old && a !== b) clashes.push({ name: b, why: `"${old}" was renamed to "${a}" on our side` });
    common.push({ ancestor: old, ours: a, theirs: b, name: a === old ? b : a });
  }
  for (const name of theirs.names) {
    if (taken.has(name)) continue;
    if (!ours.names.includes(name)) {
      if (!wasMerged(name) || isChanged(name)) created.push(name);
    } else if (paired.has(name)) clashes.push({ name, why: 'that name was given to another tensor on our side' });
    else common.push({ ours: name, theirs: name, name });
  }
  const after = new Map(ours.names.map((name) => [name, name]));
  for (const { ours: from, name } of common) after.set(from, name);
  const others = new Set([...after.values()]);
  if (others.size < after.size) {
    const twice = [...after.values()].find((name, i, all) => all.indexOf(name) !== i) ?? '';
    clashes.push({ name: twice, why: 'two tensors would have that name' });
  }
  for (const name of created)
    if (others.has(name)) clashes.push({ name, why: 'our side has another tensor of that name' });
  return { common, created, deleted, clashes };
}

/** What the tensors of the ancestor are called now on one side; those that are gone are left out. */
function namesNow(ancestor: readonly string[], { names, changes }: NamedSide): Map<string, string> {
  let now = ancestor.map((name) => [name, name] as const);
  for (const { renamed } of changes) now = now.map(([old, name]) => [old, renamed.get(name) ?? name] as const);
  // One that was deleted and made anew is the same by name, unless another one was given that name.
  const gone = new Set(changes.flatMap(({ deleted }) => deleted));
  const given = new Set(now.flatMap(([old, name]) => (old === name ? [] : [name])));
  const present = new Set(names);
  return new Map(now.filter(([old, name]) => present.has(name) && !(gone.has(old) && given.has(old))));
}

/** What one commit did to the samples of a tensor. */
export interface SampleChanges {
  readonly commit: string;
  readonly updated: readonly bigint[];
  readonly removed: readonly bigint[];
}

/** Samples of both sides and what happened to them. */
export interface RowSides {
  /** Ids by row. */
  readonly ours: ArrayLike<bigint>;
  readonly theirs: ArrayLike<bigint>;
  /** Ids that our side has, or has had. */
  readonly known: ReadonlySet<bigint>;
  readonly updatedOurs: ReadonlySet<bigint>;
  readonly updatedTheirs: ReadonlySet<bigint>;
}

/** A sample that both sides have. */
export interface RowPair {
  readonly id: bigint;
  readonly ours: number;
  readonly theirs: number;
}

/** What becomes of the samples of a tensor. */
export interface RowMerge {
  /** Rows of theirs that are new to our side, rising. */
  readonly added: readonly number[];
  /** Rows of theirs that our side has deleted. */
  readonly removed: readonly number[];
  /** Those of them that they have changed: they come back. */
  readonly returning: readonly number[];
  /** Samples that only they have changed. */
  readonly updated: readonly RowPair[];
  /** Samples that both have changed. */
  readonly conflicts: readonly RowPair[];
}

/** Compares the samples of two sides by their ids. What they have deleted stays: the format's merge deletes nothing. */
export function planRowMerge({ ours, theirs, known, updatedOurs, updatedTheirs }: RowSides): RowMerge {
  const [added, removed, returning]: [number[], number[], number[]] = [[], [], []];
  const [updated, conflicts]: [RowPair[], RowPair[]] = [[], []];
  const rows = new Map<bigint, number>();
  for (let row = 0; row < ours.length; row++) rows.set(ours[row] ?? 0n, row);
  const seen = new Set<bigint>();
  for (let row = 0; row < theirs.length; row++) {
    const id = theirs[row] ?? 0n;
    if (seen.has(id)) continue;
    seen.add(id);
    const at = rows.get(id);
    const changed = updatedTheirs.has(id);
    if (at !== undefined) {
      if (changed) (updatedOurs.has(id) ? conflicts : updated).push({ id, ours: at, theirs: row });
    } else if (!known.has(id)) added.push(row);
    else {
      removed.push(row);
      if (changed) returning.push(row);
    }
  }
  return { added, removed, returning, updated, conflicts };
}

/** The message of a merge; it is the only record of what was merged that Deep Lake keeps. */
export function mergeMessage(target: string, branch: string): string {
  return `Merge ${target} into ${branch}`;
}

/** The commit that a commit has merged, by its message; undefined for commits of another kind. */
export function mergedCommit({ message }: Pick<CommitNode, 'message'>): string | undefined {
  return /(?:^|\n)Merge (\S{40}) into \S+$/.exec(message ?? '')?.[1];
}

/**
 * Ids of the samples that one side has changed and the other does not have yet.
 *
 * @param commits - of the side, oldest first. @param merged - what each merge commit of them had merged.
 * @param others - changes of the other side: what a merge took from them is no change of this one.
 */
export function updatesOfSide(
  commits: readonly SampleChanges[],
  merged: ReadonlyMap<string, string>,
  others: Side,
): Set<bigint> {
  const updated = new Set<bigint>();
  for (const { commit, updated: ids, removed } of commits) {
    for (const id of removed) updated.delete(id); // one that came back later has the content of the other side
    const end = others.path.indexOf(merged.get(commit) ?? '');
    const before = new Set(others.path.slice(0, end + 1));
    const taken = new Set(others.changes.flatMap((one) => (before.has(one.commit) ? one.updated : [])));
    for (const id of ids) {
      if (taken.has(id)) updated.delete(id);
      else updated.add(id);
    }
  }
  return updated;
}

/** Commits of a side, oldest first, and what those of them that touched a tensor did to its samples. */
interface Side {
  readonly path: readonly string[];
  readonly changes: readonly SampleChanges[];
}

/** What the label numbers of theirs become, and the class names after the merge: the longer list, or both by name. */
export function planClassNames(
  ours: readonly string[],
  theirs: readonly string[],
): { readonly names: readonly string[]; readonly labels: readonly number[] | undefined } {
  const isPrefix = (a: readonly string[], b: readonly string[]) => a.every((name, i) => b[i] === name);
  if (isPrefix(theirs, ours)) return { names: ours, labels: undefined };
  if (isPrefix(ours, theirs)) return { names: theirs, labels: undefined };
  const added = theirs.filter((name) => !ours.includes(name));
  const names = added.length === 0 ? ours : [...ours, ...added];
  return { names, labels: theirs.map((name) => names.indexOf(name)) };
}
