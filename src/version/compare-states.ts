/** What became of the samples of a tensor between two commits, by their ids and content. */
import { type CarriedTensor, carriedSamples, itemsOfRow, sameSamples } from '../chunk/carried-samples.js';
import { locate } from '../chunk/locate.js';
import type { ReadEnvironment } from '../chunk/plain-sample.js';
import type { Sample } from '../chunk/sample.js';
import type { CommitSource, StoredTensor } from '../chunk/stored-tensor.js';
import type { CallOptions } from '../store/types.js';
import { chunkOwners } from './chunk-owners.js';
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
  const [placeA, placeB] = [await placesIn(old), await placesIn(now)];
  const updated: bigint[] = [];
  const removed: bigint[] = [];
  // Rows that follow each other in one chunk in both states are read together.
  let run: { id: bigint; row: number; there: number }[] = [];
  let chunks = '';
  const settle = async (): Promise<void> => {
    const [first] = run;
    if (!first) return;
    options?.signal?.throwIfAborted();
    const samples = await rowsFrom(a, first.row, run.length, env, options);
    const others = await rowsFrom(b, first.there, run.length, env, options);
    for (const [i, { id }] of run.entries()) if (!sameSamples(samples[i] ?? [], others[i] ?? [])) updated.push(id);
    run = [];
  };
  for (const [row, id] of (await sampleIds(old, before, env, options)).entries()) {
    const there = rows.get(id);
    if (there === undefined) {
      removed.push(id);
      continue;
    }
    const [mine, their] = [placeA(row), placeB(there)];
    if (mine.chunks === their.chunks && mine.local === their.local) continue;
    const last = run.at(-1);
    const both = `${mine.chunks} ${their.chunks}`;
    if (!last || last.row + 1 !== row || last.there + 1 !== there || both !== chunks) await settle();
    chunks = both;
    run.push({ id, row, there });
  }
  await settle();
  return { updated, removed };
}

/** Samples of some rows that follow each other, by row. */
async function rowsFrom(
  tensor: CarriedTensor,
  row: number,
  count: number,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<(readonly Sample[])[]> {
  const spans = Array.from({ length: count }, (_, i) => itemsOfRow(tensor, row + i));
  const start = spans[0]?.start ?? 0;
  const samples = await carriedSamples(tensor, start, spans.at(-1)?.end ?? start, env, options);
  return spans.map((span) => samples.slice(span.start - start, span.end - start));
}

/** A row of a tensor in some state. */
export type RowIn = readonly [tensor: CarriedTensor, row: number];

/** Whether a sample (or sequence) is the same in two states, byte for byte. */
export async function isSameSample(
  [a, row]: RowIn,
  [b, there]: RowIn,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<boolean> {
  const [from, to] = [itemsOfRow(a, row), itemsOfRow(b, there)];
  const samples = await carriedSamples(a, from.start, from.end, env, options);
  return sameSamples(samples, await carriedSamples(b, to.start, to.end, env, options));
}

/** Tells in which chunks a row lies, and where in them; nothing is read but tables. */
async function placesIn(
  tensor: StoredTensor,
): Promise<(row: number) => { readonly chunks: string; readonly local: number | string }> {
  const index = await tensor.chunkIds();
  const owners = await chunkOwners(tensor, index.ids);
  const carried = { main: tensor, shapes: undefined, infos: undefined, labels: undefined };
  const nameOf = (id: bigint) => {
    const owner = owners.get(id);
    return `${owner?.commit} ${owner?.tensor} ${id}`;
  };
  return (row) => {
    const { start, end } = itemsOfRow(carried, row);
    if (end === start + 1) {
      const { chunks, local } = locate(index, start);
      return { chunks: chunks.map(nameOf).join(), local };
    }
    const places = Array.from({ length: end - start }, (_, i) => locate(index, start + i));
    return {
      chunks: places.flatMap(({ chunks }) => chunks.map(nameOf)).join(),
      local: places.map(({ local }) => local).join(),
    };
  };
}
