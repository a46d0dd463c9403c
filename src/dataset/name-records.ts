/** What a commit records of renamed and deleted tensors (`spec` §3.9). */
import type { DatasetDiff } from '../format/dataset-diff.js';

/**
 * Records renames that happen at once, so that two names can be swapped: several of one tensor become one, and one that
 * leads back to the first name is forgotten.
 */
export function withRenamed(diff: DatasetDiff, pairs: Iterable<readonly [from: string, to: string]>): DatasetDiff {
  const renamed = new Map(diff.renamed);
  const firsts = [...pairs].map(([from, to]) => [nameBefore(diff, from), to] as const);
  for (const [first, to] of firsts) {
    renamed.delete(first);
    if (first !== to) renamed.set(first, to);
  }
  return { ...diff, renamed };
}

/** Records deletions, of renamed tensors under the name that the commit before knows. */
export function withDeleted(diff: DatasetDiff, names: readonly string[]): DatasetDiff {
  const renamed = new Map(diff.renamed);
  const deleted = [...diff.deleted];
  for (const name of names) {
    const first = nameBefore(diff, name);
    renamed.delete(first);
    if (!deleted.includes(first)) deleted.push(first);
  }
  return { ...diff, renamed, deleted };
}

function nameBefore({ renamed }: DatasetDiff, name: string): string {
  return [...renamed].find(([, now]) => now === name)?.[0] ?? name;
}
