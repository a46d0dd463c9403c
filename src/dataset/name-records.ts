/** What a commit records of renamed and deleted tensors (`spec` §3.9). */
import type { DatasetDiff } from '../format/dataset-diff.js';

/** Records a rename: several of one tensor become one, and one that leads back to the first name is forgotten. */
export function withRenamed(diff: DatasetDiff, from: string, to: string): DatasetDiff {
  const renamed = new Map(diff.renamed);
  const first = [...renamed].find(([, name]) => name === from)?.[0] ?? from;
  renamed.delete(first);
  if (first !== to) renamed.set(first, to);
  return { ...diff, renamed };
}

/** Records deletions, of renamed tensors under the name that the commit before knows. */
export function withDeleted(diff: DatasetDiff, names: readonly string[]): DatasetDiff {
  const renamed = new Map(diff.renamed);
  const deleted = [...diff.deleted];
  for (const name of names) {
    const first = [...renamed].find(([, other]) => other === name)?.[0];
    if (first !== undefined) renamed.delete(first);
    if (!deleted.includes(first ?? name)) deleted.push(first ?? name);
  }
  return { ...diff, renamed, deleted };
}
