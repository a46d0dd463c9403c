/** What became of the samples of a tensor between two commits, by their ids and content. */
import { carriedSamples, itemsOfRow, sameSamples } from '../chunk/carried-samples.js';
import { locate } from '../chunk/locate.js';
import type { ReadEnvironment } from '../chunk/plain-sample.js';
import type { CommitSource, StoredTensor } from '../chunk/stored-tensor.js';
import type { CallOptions } from '../store/types.js';
import type { SampleChanges } from './plan-merge.js';
import { carriedTensor, sampleIds } from './read-side.js';
import { loadStoredTensor } from './snapshot.js';

/**
 * Compares a tensor in two commits. A record that all samples were removed does not tell that some came back with their
 * ids, as when an earlier commit was restored: those whose bytes differ were changed.
 *
 * Samples that lie in the same place of the same chunk are not read.
 */
export async function compareStates(
  { key }: StoredTensor,
  { before, after }: { readonly before: CommitSource; readonly after: CommitSource },
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<Pick<SampleChanges, 'updated' | 'removed'>> {
  const [old, now] = [await loadStoredTensor(before, key, options), await loadStoredTensor(after, key, options)];
  const rows = new Map<bigint, number>();
  for (const [row, id] of (await sampleIds(now, after, env, options)).entries()) rows.set(id, row);
  const [a, b] = [await carriedTensor(old), await carriedTensor(now)];
  const updated: bigint[] = [];
  const removed: bigint[] = [];
  for (const [row, id] of (await sampleIds(old, before, env, options)).entries()) {
    options?.signal?.throwIfAborted();
    const there = rows.get(id);
    if (there === undefined) {
      removed.push(id);
      continue;
    }
    const [from, to] = [itemsOfRow(a, row), itemsOfRow(b, there)];
    if ((await placesOf(old, from)) === (await placesOf(now, to))) continue;
    const samples = await carriedSamples(a, from.start, from.end, env, options);
    const others = await carriedSamples(b, to.start, to.end, env, options);
    if (!sameSamples(samples, others)) updated.push(id);
  }
  return { updated, removed };
}

/** Chunks that hold some samples, and where in them. */
async function placesOf(tensor: StoredTensor, { start, end }: { readonly start: number; readonly end: number }) {
  const index = await tensor.chunkIds();
  const places: string[] = [];
  for (let item = start; item < end; item++) {
    const { chunks, local } = locate(index, item);
    for (const id of chunks) places.push(`${await tensor.chunkKey(id)} ${local}`);
  }
  return places.join('\n');
}
