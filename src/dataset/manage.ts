/** Renames, deletes and hides tensors and groups. Loaded with the first such change. */
import { DatasetError } from '../errors.js';
import { type DatasetMeta, parseDatasetMeta } from '../format/dataset-meta.js';
import { commitPrefix, datasetMetaKey } from '../format/keys.js';
import { checkTensorName, groupsOf } from '../format/tensor-names.js';
import { deletedFiles } from './deleted-files.js';
import { companionRenamed, withoutTensors } from './meta-names.js';
import { withDeleted, withRenamed } from './name-records.js';
import { changeHead, type Head, type Managed, notFound, type Plan } from './stored-head.js';

export { restore } from './restore.js';

/** Renames a tensor and its companions; see `Dataset.renameTensor`. */
export function renameTensor(managed: Managed, from: string, to: string): Promise<void> {
  return changeHead(managed, async (head) => {
    const key = head.keyOf(from);
    const target = checkTensorName(to);
    if (target === from) return {};
    checkSameGroup('tensor', from, target);
    await head.assertOwn(from, key);
    checkFree(head.meta, target);
    return renamed(managed, head, [[key, from, target]], head.meta);
  });
}

/** Renames a group with all that lies in it; see `Dataset.renameGroup`. */
export function renameGroup(managed: Managed, from: string, to: string): Promise<void> {
  return changeHead(managed, async (head) => {
    const group = checkGroup(head, from);
    const target = checkTensorName(to);
    if (target === group) return {};
    checkSameGroup('group', group, target);
    checkFree(head.meta, target);
    const moved = (path: string): string => (isWithin(path, group) ? target + path.slice(group.length) : path);
    const tensors = Object.entries(head.meta.tensorNames).filter(([name]) => isWithin(name, group));
    const groups = head.meta.groups.map(moved);
    const renames = tensors.map(([name, key]) => [key, name, moved(name)] as const);
    return renamed(managed, head, renames, { ...head.meta, groups });
  });
}

/** Plans the new names of tensors. Companions that are not listed themselves get theirs from their tensor's. */
async function renamed(
  { closedNames }: Managed,
  head: Head,
  renames: readonly (readonly [key: string, from: string, to: string])[],
  meta: DatasetMeta,
): Promise<Plan> {
  const names = new Map(renames.map(([key, , to]) => [key, to]));
  for (const [key, from, to] of renames) {
    for (const companion of await head.companionsOf(key)) {
      if (names.has(companion)) continue;
      names.set(companion, companionRenamed(head.nameOf(companion), from, to));
    }
  }
  const tensorNames = Object.entries(meta.tensorNames).map(([name, key]) => [names.get(key) ?? name, key] as const);
  const taken = tensorNames.map(([name]) => name).filter((name, i, all) => all.indexOf(name) !== i);
  if (taken[0] !== undefined) throw exists('tensor', taken[0]);
  const puts = await Promise.all(
    [...names].map(async ([key, name]) => head.putMeta(key, { ...(await head.load(key)).meta, name })),
  );
  const recorded: [string, string][] = [];
  for (const [key, from, to] of renames) {
    if (!head.isHidden(key) && !(await head.isNew(key))) recorded.push([from, to]);
  }
  const settle = (): void => {
    for (const [, from, to] of renames) if (closedNames.delete(from)) closedNames.add(to);
  };
  const changed = { ...meta, tensorNames: Object.fromEntries(tensorNames) };
  return { puts, meta: changed, settle, ...(recorded.length > 0 && { diff: withRenamed(head.diff, recorded) }) };
}

/** Deletes a tensor with its companions; see `Dataset.deleteTensor`. */
export function deleteTensor(managed: Managed, name: string): Promise<void> {
  return changeHead(managed, async (head) => {
    const key = head.keyOf(name);
    await head.assertOwn(name, key);
    const recorded = !head.isHidden(key) && !(await head.isNew(key));
    const plan = await deleted(managed, head, [key], head.meta);
    return recorded ? { ...plan, diff: withDeleted(head.diff, [name]) } : plan;
  });
}

/** Deletes a group with all that lies in it; see `Dataset.deleteGroup`. */
export function deleteGroup(managed: Managed, name: string): Promise<void> {
  return changeHead(managed, async (head) => {
    const group = checkGroup(head, name);
    const tensors = Object.entries(head.meta.tensorNames).filter(([path]) => isWithin(path, group));
    const groups = head.meta.groups.filter((path) => !isWithin(path, group));
    const plan = await deleted(
      managed,
      head,
      tensors.map(([, key]) => key),
      { ...head.meta, groups },
    );
    const renames = [...head.diff.renamed.values()].filter((path) => isWithin(path, group));
    const isOld = renames.length > 0 || (await groupsBefore(head)).has(group);
    return isOld ? { ...plan, diff: withDeleted(withDeleted(head.diff, renames), [group]) } : plan;
  });
}

/** The groups of the commit before the head: others leave no trace when they are deleted. */
async function groupsBefore({ session, commit }: Head): Promise<ReadonlySet<string>> {
  const parent = session.snapshot.versions.commits.get(commit)?.parent;
  const key = parent == null ? undefined : datasetMetaKey(parent);
  const bytes = key === undefined ? undefined : await session.store.get(key);
  return new Set(bytes && key !== undefined ? parseDatasetMeta(bytes, key).groups : []);
}

async function deleted(
  { session, closedNames }: Managed,
  head: Head,
  keys: readonly string[],
  meta: DatasetMeta,
): Promise<Plan> {
  const all = new Set(keys);
  for (const key of keys) for (const companion of await head.companionsOf(key)) all.add(companion);
  const deletions = await Promise.all(
    [...all].map((key) => deletedFiles(session.store, `${commitPrefix(head.commit)}${key}/`)),
  );
  const settle = (): void => {
    for (const key of all) {
      session.encodings.delete(key);
      closedNames.delete(head.nameOf(key));
    }
  };
  return {
    settle,
    meta: withoutTensors(meta, [...all]),
    deletions: deletions.flat(),
  };
}

/** Hides a tensor, or shows it again; see `Dataset.setHidden`. */
export function setHidden(managed: Managed, name: string, hidden: boolean): Promise<void> {
  return changeHead(managed, async (head) => {
    const key = head.keyOf(name);
    await head.assertOwn(name, key);
    if (head.isHidden(key) === hidden) return {};
    const others = head.meta.hiddenTensors.filter((other) => other !== key);
    const meta = { ...(await head.load(key)).meta, hidden };
    return {
      puts: [head.putMeta(key, meta), ...(await head.touch(key))],
      meta: { ...head.meta, hiddenTensors: hidden ? [...others, key] : others },
    };
  });
}

function isWithin(path: string, group: string): boolean {
  return path === group || path.startsWith(`${group}/`);
}

function checkGroup({ meta }: Head, name: string): string {
  const group = name.split('/').filter(Boolean).join('/');
  if (meta.groups.includes(group)) return group;
  throw notFound('group', name, meta.groups);
}

function checkSameGroup(what: string, from: string, to: string): void {
  if (groupsOf(from).at(-1) === groupsOf(to).at(-1)) return;
  throw new RangeError(
    `Renaming keeps a ${what} in its group: "${from}" cannot become "${to}". Choose a name in "${groupsOf(from).at(-1) ?? '/'}".`,
  );
}

function checkFree({ tensorNames, groups }: DatasetMeta, name: string): void {
  if (Object.hasOwn(tensorNames, name)) throw exists('tensor', name);
  if (groups.includes(name)) throw exists('group', name);
}

function exists(what: 'tensor' | 'group', name: string): DatasetError<'exists'> {
  return new DatasetError('exists', `There is a ${what} "${name}" already. Choose another name, or delete it first.`, {
    what,
    name,
  });
}
