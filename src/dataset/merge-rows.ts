/** The samples of one tensor in a merge: what to do with them, and doing it. */
import { type CarriedTensor, carriedSamples, itemsOfRow, sameSamples } from '../chunk/carried-samples.js';
import { locate } from '../chunk/locate.js';
import type { ReadEnvironment } from '../chunk/plain-sample.js';
import { planSplice, type RowSamples } from '../chunk/plan-splice.js';
import type { Sample } from '../chunk/sample.js';
import type { Splice } from '../chunk/splice.js';
import type { StoredTensor } from '../chunk/stored-tensor.js';
import type { TensorDraft } from '../chunk/tensor-draft.js';
import { DatasetError } from '../errors.js';
import { sequenceAt } from '../format/sequences.js';
import { classNames } from '../htype/class-names.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import { isSameSample } from '../version/compare-states.js';
import { paddedRows } from '../version/padding.js';
import {
  type CommonTensor,
  planClassNames,
  planRowMerge,
  type RowMerge,
  type RowPair,
  type SampleChanges,
  updatesOfSide,
} from '../version/plan-merge.js';
import { carriedTensor, namedTensors, type Side, sampleIds } from '../version/read-side.js';
import { sampleChanges } from '../version/sample-changes.js';
import type { Snapshot } from '../version/snapshot.js';
import { addPads, loadPads, splicePads } from './pads.js';
import { firstItem, hasTiles, IN_PLACE, itemCount } from './replace-rows.js';

const BATCH_BYTES = 16_000_000; // samples that are replaced together; a large one is replaced alone

/** The states that a merge compares. */
export interface MergeSides {
  readonly ours: Side;
  readonly theirs: Side;
  /** The last commit that both come from. */
  readonly ancestor: Snapshot;
  /** The last commit of theirs that was merged into ours before. */
  readonly settled: Snapshot | undefined;
  /** The last commit of ours that was merged into theirs. */
  readonly lent: Snapshot | undefined;
  /** What the merge commits of both sides had merged. */
  readonly merged: ReadonlyMap<string, string>;
}

/** What a merge does with the samples of a tensor. */
export interface TensorRows extends CommonTensor, RowMerge {
  readonly key: string;
  /** Names of the classes after the merge; undefined when ours stay. */
  readonly classes: readonly string[] | undefined;
  /** Ids of theirs by row. */
  readonly ids: BigUint64Array;
  /** Rows of theirs that exist only because one behind them was assigned, of those that may be appended. */
  readonly padded: ReadonlySet<number>;
  readonly from: CarriedTensor;
  readonly into: CarriedTensor;
}

/**
 * Plans the merge of a tensor that both sides have.
 * @throws {DatasetError} `history` with reason `mismatch`, `unsupported` for tensors without ids
 */
export async function planTensorRows(
  common: CommonTensor,
  { ours, theirs, ancestor, settled, lent, merged }: MergeSides,
  env: ReadEnvironment,
  options: CallOptions,
): Promise<TensorRows> {
  const mine = tensorOf(ours.snapshot, common.ours);
  const their = tensorOf(theirs.snapshot, common.theirs);
  checkAlike(common.name, mine, their);
  const idsOf = (tensor: StoredTensor) => sampleIds(tensor, tensor.from, env, options);
  const old = common.ancestor === undefined ? undefined : namedTensors(ancestor).get(common.ancestor);
  const inState = (state: Snapshot | undefined, { key }: StoredTensor) =>
    [...(state?.tensors.values() ?? [])].find((one) => one.key === key);
  const [mineChanges, theirChanges] = [
    await sampleChanges(ours, mine, env, options),
    await sampleChanges(theirs, their, env, options),
  ];
  const known = new Set(mineChanges.flatMap(({ removed }) => removed));
  for (const tensor of [old, inState(settled, their), inState(lent, mine)])
    if (tensor) for (const id of await idsOf(tensor)) known.add(id);
  // What the other side has merged already is no news.
  const since = ({ path }: Side, last: Snapshot | undefined, changes: readonly SampleChanges[]) => {
    const late = new Set(last ? path.slice(path.indexOf(last.commit) + 1) : path);
    return changes.filter(({ commit }) => late.has(commit));
  };
  const ids = await idsOf(their);
  const planned = planRowMerge({
    ours: await idsOf(mine),
    theirs: ids,
    known,
    updatedOurs: updatesOfSide(since(ours, lent, mineChanges), merged, { path: theirs.path, changes: theirChanges }),
    updatedTheirs: updatesOfSide(since(theirs, settled, theirChanges), merged, {
      path: ours.path,
      changes: mineChanges,
    }),
  });
  const isChanged = async (base: StoredTensor | undefined, now: StoredTensor) => {
    if (!base) return () => true;
    const before = new Map(Array.from(await idsOf(base), (id, row) => [id, row] as const));
    const [a, b] = [await carriedTensor(base), await carriedTensor(now)];
    return async (row: number, id: bigint) => {
      const was = before.get(id);
      return was === undefined || !(await isSameSample([a, was], [b, row], env, options));
    };
  };
  const rows = await withoutUnchanged(planned, ids, {
    ours: await isChanged(inState(lent, mine) ?? old, mine),
    theirs: await isChanged(inState(settled, their) ?? old, their),
  });
  const names = classNames(await mine.info());
  const classes = planClassNames(names, classNames(await their.info()));
  const plan = {
    ...common,
    ...rows,
    key: mine.key,
    ids,
    classes: classes.names === names ? undefined : classes.names,
    padded: await paddedRows(theirs, their, [...rows.added, ...rows.removed], ids, theirChanges, env, options),
    from: await carriedTensor(their, classes.labels),
    into: await carriedTensor(mine),
  };
  return plan;
}

type IsChanged = (row: number, id: bigint) => Awaitable<boolean>;

/** Takes back what records call changes, as of rows that an insertion has moved, where nothing has changed. */
async function withoutUnchanged(
  plan: RowMerge,
  ids: BigUint64Array,
  isChanged: { readonly ours: IsChanged; readonly theirs: IsChanged },
): Promise<RowMerge> {
  const returning: number[] = [];
  for (const row of plan.returning) if (await isChanged.theirs(row, ids[row] ?? 0n)) returning.push(row);
  const [updated, conflicts]: [RowPair[], RowPair[]] = [[...plan.updated], []];
  for (const pair of plan.conflicts) {
    if (!(await isChanged.theirs(pair.theirs, pair.id))) continue;
    ((await isChanged.ours(pair.ours, pair.id)) ? conflicts : updated).push(pair);
  }
  return { ...plan, returning, updated, conflicts };
}

function tensorOf(state: Snapshot, name: string): StoredTensor {
  const tensor = namedTensors(state).get(name);
  if (!tensor) throw new TypeError(`tensor "${name}" was planned, but is not there`);
  return tensor;
}

/** What either side has decided must be the same; samples are not converted. */
function checkAlike(name: string, mine: StoredTensor, their: StoredTensor): void {
  const [a, b] = [mine.meta, their.meta];
  const dims = a.minShape.length > 0 && b.minShape.length > 0;
  const fields: [string, unknown, unknown][] = [
    ['htype', a.htype ?? b.htype, b.htype ?? a.htype],
    ['kind of row', a.isSequence ? 'sequence' : 'sample', b.isSequence ? 'sequence' : 'sample'],
    ['content', a.isLink ? 'links' : 'data', b.isLink ? 'links' : 'data'],
    ['dtype', a.dtype ?? b.dtype, b.dtype ?? a.dtype],
    ['sample compression', a.sampleCompression, b.sampleCompression],
    ['chunk compression', a.chunkCompression, b.chunkCompression],
    ['number of dimensions', dims && a.minShape.length, dims && b.minShape.length],
  ];
  const differing = fields.find(([, ours, theirs]) => ours !== theirs);
  if (!differing) return;
  const [field, ours, theirs] = differing;
  throw new DatasetError(
    'history',
    `Tensor "${name}" cannot be merged: its ${field} is ${ours ?? 'none'} on our side and ${theirs ?? 'none'} on theirs. Rename one of them first.`,
    { reason: 'mismatch', tensor: name },
  );
}

/** Whether both sides have changed a sample to the same bytes. */
export async function isSameChange(
  { from, into }: TensorRows,
  { ours, theirs }: RowPair,
  env: ReadEnvironment,
  options: CallOptions,
): Promise<boolean> {
  const [mine, their] = [itemsOfRow(into, ours), itemsOfRow(from, theirs)];
  return sameSamples(
    await carriedSamples(into, mine.start, mine.end, env, options),
    await carriedSamples(from, their.start, their.end, env, options),
  );
}

/** Prepares a draft for samples of theirs: decides what it has left open, and completes the names of its classes. */
export function adoptForm(draft: TensorDraft, { from, classes }: TensorRows): void {
  const { htype, dtype, typestr, extras } = from.main.meta;
  const { meta } = draft;
  if ((meta.htype === null && htype !== null) || (meta.dtype === null && dtype !== null))
    draft.changeMeta({ htype, dtype, typestr, extras: { ...extras, ...meta.extras } });
  if (classes) draft.setInfo({ ...draft.info(), class_names: [...classes] });
}

/** Overwrites samples of ours with theirs. @param relieve - called after each block */
export async function takeSamples(
  draft: TensorDraft,
  plan: TensorRows,
  pairs: readonly RowPair[],
  env: ReadEnvironment,
  options: CallOptions,
  relieve: () => Promise<void>,
): Promise<void> {
  const { from } = plan;
  await loadPads(draft);
  let batch: Splice<RowSamples>[] = [];
  let bytes = 0;
  const settle = async (): Promise<void> => {
    if (batch.length === 0) return;
    const apply = await planSplice(draft, batch, env.codecs, { replaces: true });
    apply();
    batch = [];
    bytes = 0;
    await relieve();
  };
  for (const { ours, theirs } of [...pairs].sort((a, b) => a.ours - b.ours)) {
    const span = itemsOfRow(from, theirs);
    const samples = await carriedSamples(from, span.start, span.end, env, options);
    const splice = { start: ours, end: ours + 1, items: [samples] };
    const tiled = hasTiles(draft, ours) || samples.some(({ tiling }) => tiling);
    // An empty sequence has no sample whose replacement would be recorded.
    if (pairs.length <= IN_PLACE && !tiled && samples.length > 0 && samples.length === itemCount(draft, ours)) {
      await replaceInPlace(draft, ours, samples, env);
      await relieve();
    } else {
      batch.push(splice);
      for (const sample of samples) bytes += sizeOf(sample);
      if (bytes > BATCH_BYTES) await settle();
    }
    splicePads(draft, [splice], draft.length);
  }
  await settle();
}

async function replaceInPlace(
  draft: TensorDraft,
  row: number,
  samples: RowSamples,
  { codecs }: ReadEnvironment,
): Promise<void> {
  const start = firstItem(draft, row);
  try {
    for (let i = 0; i < samples.length; i++) await draft.prepareReplace(start + i, codecs);
    for (const [i, sample] of samples.entries()) draft.replace(start + i, sample, row);
  } finally {
    draft.endReplace();
  }
}

function sizeOf({ bytes, tiling }: Sample): number {
  return tiling ? tiling.tiles.reduce((sum, tile) => sum + tile.bytes.length, 0) : bytes.length;
}

/** Appends rows of theirs with their ids. @param rows - rising. @param relieve - called after each block */
export async function appendRows(
  draft: TensorDraft,
  { from, ids, padded }: TensorRows,
  rows: readonly number[],
  env: ReadEnvironment,
  options: CallOptions,
  relieve: () => Promise<void>,
): Promise<void> {
  const { sequences } = from.main;
  const index = await from.main.chunkIds(options);
  if (rows.some((row) => padded.has(row))) await loadPads(draft);
  for (let at = 0; at < rows.length; ) {
    const row = rows[at] ?? 0;
    if (sequences) {
      const { start, end } = sequenceAt(sequences, row);
      draft.appendSequence(await carriedSamples(from, start, end, env, options), idBytes(ids[row]));
      at++;
    } else {
      // Rows of one chunk are read together.
      const { following } = locate(index, row);
      let count = 1;
      while (count < following && rows[at + count] === row + count) count++;
      const samples = await carriedSamples(from, row, row + count, env, options);
      for (const [i, sample] of samples.entries()) {
        const id = idBytes(ids[row + i]);
        if (padded.has(row + i)) addPads(draft, { start: draft.length, end: draft.length + 1 });
        draft.append(id ? { ...sample, id } : sample);
      }
      at += count;
    }
    await relieve();
  }
}

function idBytes(id: bigint | undefined): Bytes | undefined {
  if (id === undefined) return undefined;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, id, true);
  return bytes;
}
