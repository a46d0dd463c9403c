/** Which samples of a side of a merge are padding: they exist only because one behind them was assigned (`spec` §3.7). */
import type { ReadEnvironment } from '../chunk/plain-sample.js';
import { readSamples } from '../chunk/read.js';
import type { StoredTensor } from '../chunk/stored-tensor.js';
import { padsKey } from '../format/keys.js';
import { isPadded, parsePads } from '../format/pads.js';
import { sequenceAt } from '../format/sequences.js';
import type { StoredSample } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import { utf8Decode } from '../util/bytes.js';
import type { SampleChanges } from './plan-merge.js';
import { type Side, sampleIds, stateAt } from './read-side.js';

/**
 * Finds the rows that are padding among some rows of a side. Its commits are asked one after another, because each keeps
 * a record of its own; a sample that holds anything is none, whatever the records say.
 *
 * @param ids - of the samples by row. @param changes - of the side's commits.
 */
export async function paddedRows(
  side: Side,
  tensor: StoredTensor,
  rows: readonly number[],
  ids: ArrayLike<bigint>,
  changes: readonly SampleChanges[],
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<ReadonlySet<number>> {
  const padding = new Set<bigint>();
  for (const commit of side.path) {
    for (const change of changes) if (change.commit === commit) for (const id of change.updated) padding.delete(id);
    const key = padsKey(commit, tensor.key);
    const bytes = await side.snapshot.source.store.get(key, options);
    const spans = bytes && bytes.length > 0 ? parsePads(bytes, key) : [];
    if (spans.length === 0) continue;
    const there = await sampleIds(tensor, stateAt(side, commit), env, options);
    for (const [row, id] of there.entries()) if (isPadded(spans, row)) padding.add(id);
  }
  const padded = new Set<number>();
  for (const row of padding.size > 0 ? rows : [])
    if (padding.has(ids[row] ?? 0n) && (await isEmptyRow(tensor, row, env, options))) padded.add(row);
  return padded;
}

async function isEmptyRow(
  tensor: StoredTensor,
  row: number,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<boolean> {
  const { sequences, meta } = tensor;
  if (sequences) {
    const { start, end } = sequenceAt(sequences, row);
    return start === end;
  }
  const [sample] = await readSamples(tensor, row, row + 1, env, options);
  return sample === undefined || isEmptySample(sample, meta.htype);
}

// What stands for nothing in text-like tensors (`spec` §4.3).
const NOTHING = new Set(['', '{}', '[]', '[null]']);

async function isEmptySample(sample: StoredSample, htype: string | null): Promise<boolean> {
  if (htype === 'text' || htype === 'json' || htype === 'list' || htype === 'tag')
    return NOTHING.has(utf8Decode(await sample.raw()));
  return sample.encoded() === undefined && sample.shape.some((size) => size === 0);
}
