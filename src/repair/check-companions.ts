/** Checks the hidden tensors that follow a tensor row by row: ids, shapes, facts of files (`spec` §6). */
import { tensorMetaKey } from '../format/keys.js';
import { type LinkEntry, serializeTensorMeta } from '../format/tensor-meta.js';
import { companionName } from '../format/tensor-names.js';
import { type Bytes, utf8Encode } from '../util/bytes.js';
import { isTextLike } from './check-sample.js';
import { int64Row, newIdRow, numberRuns, putRows, type RowRun, shapeRuns, takesRows } from './companion-rows.js';
import { resizeTensor } from './resize.js';
import type { Scan } from './scan.js';
import { type CommitState, indexed, rowsOf, type TensorState } from './tensor-state.js';

const dtypeOf: Readonly<Record<string, string>> = {
  extend_id: 'uint64',
  extend_shape: 'int64',
  extend_len: 'int64',
  extend_info: 'Any',
};

/** What was compared of the commits before: rows that are the same need no second look. */
export type Compared = Map<string, string>;

/** Checks all companions of a tensor. */
export async function checkCompanions(
  scan: Scan,
  commit: CommitState,
  state: TensorState,
  all: ReadonlySet<string>,
  compared: Compared,
): Promise<void> {
  const { meta, name, place } = state;
  const key = tensorMetaKey(commit.id, state.key);
  for (const [linked, entry] of Object.entries(meta.links)) {
    if (!all.has(linked)) {
      const links = Object.fromEntries(Object.entries(meta.links).filter(([other]) => all.has(other)));
      const message = `The tensor is followed by "${linked}", which does not exist.`;
      await scan.error('companion', key, message, place, () => ({
        action: `Took companions that do not exist from "${name}"`,
        puts: [{ key, bytes: serializeTensorMeta({ ...meta, links }) }],
      }));
      continue;
    }
    const companion = commit.tensors.get(linked);
    if (!companion || !state.sound || !companion.sound) continue; // told of them
    await checkRows(scan, commit, state, companion, entry, compared);
  }
  if (!meta.hidden && state.sound) await checkUnlinked(scan, commit, state);
}

/** Finds companions by name that do not grow with their tensor. */
async function checkUnlinked(scan: Scan, commit: CommitState, state: TensorState): Promise<void> {
  const { meta, name, place } = state;
  const key = tensorMetaKey(commit.id, state.key);
  const length = meta.htype === 'list' ? 'len' : 'shape';
  const kinds = [
    ['id', 'id'],
    ['shape', length],
    ['info', 'info'],
  ] as const;
  for (const [kind, what] of kinds) {
    const linked = commit.keyOfName.get(companionName(name, kind));
    const companion = linked === undefined ? undefined : commit.tensors.get(linked);
    if (!companion?.meta.hidden || linked === undefined || Object.hasOwn(meta.links, linked)) continue;
    const flattenSequence = kind !== 'id';
    const entry = { extend: `extend_${what}`, ...(flattenSequence && { update: `update_${what}` }), flattenSequence };
    const rows = flattenSequence ? meta.length : rowsOf(state);
    const fix = () => ({
      action: `Let "${companion.name}" follow "${name}" again`,
      puts: [{ key, bytes: serializeTensorMeta({ ...meta, links: { ...meta.links, [linked]: entry } }) }],
    });
    const message = `"${companion.name}" does not grow with the tensor: it is not among its links.`;
    await scan.error('companion', key, message, place, companion.meta.length === rows ? fix : undefined);
  }
}

async function checkRows(
  scan: Scan,
  commit: CommitState,
  state: TensorState,
  companion: TensorState,
  entry: LinkEntry,
  compared: Compared,
): Promise<void> {
  const { meta, name } = state;
  const { place } = companion;
  const key = tensorMetaKey(commit.id, companion.key);
  const rows = meta.isSequence && !entry.flattenSequence ? rowsOf(state) : meta.length;
  const had = companion.meta.length;
  const dtype = dtypeOf[entry.extend];
  if (had !== rows) {
    const message = `"${companion.name}" has ${had} rows, "${name}" needs ${rows}.`;
    const canAdd =
      dtype !== undefined && takesRows(companion, dtype) && !(entry.extend === 'extend_shape' && meta.isLink);
    const cut = () => ({
      action: `Cut "${companion.name}" to ${rows} rows`,
      puts: resizeTensor(companion, rows),
      cuts: true,
    });
    const add = async () => ({
      action: `Added ${rows - had} rows to "${companion.name}"`,
      puts: await putRows(scan, commit, companion, await rowsFor(scan, state, entry, had, rows), false),
    });
    await scan.error('companion', key, message, place, had > rows ? cut : canAdd ? add : undefined);
    return;
  }
  if (rows === 0 || dtype === undefined || companion.meta.dtype !== dtype || !takesRows(companion, dtype)) return;
  const print = [...state.chunkKeys, '', ...companion.chunkKeys, rows].join();
  const same = compared.get(companion.key) === print;
  compared.set(companion.key, print);
  if (same || indexed(companion) !== rows) return;
  if (entry.extend === 'extend_id') await checkIds(scan, commit, companion);
  const hasShapes = entry.extend === 'extend_shape' ? !isTextLike(meta) : entry.extend === 'extend_len';
  if (hasShapes && !meta.isLink) await checkShapes(scan, commit, state, companion, entry);
}

/** The rows that a companion lacks. */
async function rowsFor(
  scan: Scan,
  state: TensorState,
  { extend }: LinkEntry,
  from: number,
  to: number,
): Promise<Bytes[]> {
  if (extend === 'extend_id') return Array.from({ length: to - from }, newIdRow);
  if (extend === 'extend_info') return new Array<Bytes>(to - from).fill(utf8Encode('{}'));
  const rows: Bytes[] = [];
  let index = 0;
  for await (const { count, numbers } of shapeRuns(scan, state)) {
    const row = int64Row(recorded(numbers, extend));
    for (let i = Math.max(from - index, 0); i < count && index + i < to; i++) rows.push(row);
    index += count;
  }
  return rows;
}

function recorded(shape: readonly number[], extend: string): readonly number[] {
  if (extend === 'extend_len') return [shape[0] ?? 0];
  return shape.length === 0 ? [0] : shape;
}

async function checkIds(scan: Scan, commit: CommitState, companion: TensorState): Promise<void> {
  let ids = new BigUint64Array(1024);
  let count = 0;
  let odd = 0;
  for await (const { bytes, count: run } of numberRuns(scan, companion)) {
    if (bytes.length !== 8) {
      odd += run;
      continue;
    }
    if (count === ids.length) {
      const more = new BigUint64Array(2 * count);
      more.set(ids);
      ids = more;
    }
    ids[count++] = new DataView(bytes.buffer).getBigUint64(0, true);
  }
  const sorted = ids.subarray(0, count).sort();
  let repeated = 0;
  for (let i = 1; i < count; i++) if (sorted[i] === sorted[i - 1]) repeated++;
  if (odd + repeated === 0) return;
  const message = `${odd > 0 ? `${odd} rows are not one id` : `${repeated} ids occur more than once`}: merges would mix up rows.`;
  await scan.error('id', tensorMetaKey(commit.id, companion.key), message, companion.place);
}

async function checkShapes(
  scan: Scan,
  commit: CommitState,
  state: TensorState,
  companion: TensorState,
  entry: LinkEntry,
): Promise<void> {
  const shapes = shapeRuns(scan, state)[Symbol.asyncIterator]();
  let run: RowRun = { count: 0, numbers: [] };
  let left = 0;
  let [wrong, patched, index, example] = [0, 0, 0, ''];
  for await (const { count, numbers } of numberRuns(scan, companion)) {
    for (let rest = count; rest > 0; ) {
      if (left === 0) {
        const next = await shapes.next();
        if (next.done) return;
        run = next.value;
        left = run.count;
        continue;
      }
      const some = Math.min(rest, left);
      const shape = run.numbers;
      const expected = recorded(shape, entry.extend);
      const isEmpty = numbers.every((size) => size === 0) && (shape.length === 0 || shape.includes(0));
      if (!isEmpty && numbers.join() !== expected.join()) {
        if (isPatch(numbers, shape)) patched += some;
        else wrong += some;
        example ||= `row ${index} says (${numbers.join(', ')}), the sample has shape (${shape.join(', ')})`;
      }
      [rest, left, index] = [rest - some, left - some, index + some];
    }
  }
  if (wrong + patched === 0) return;
  const key = tensorMetaKey(commit.id, companion.key);
  const message = `${wrong + patched} rows do not tell the shape of their sample: ${example}.`;
  if (wrong === 0) {
    await scan.warn(
      'companion',
      key,
      `${message} Deep Lake 3.9.52 writes such rows when a part of a sample changes.`,
      companion.place,
    );
    return;
  }
  await scan.error('companion', key, message, companion.place, async () => ({
    action: `Wrote all rows of "${companion.name}" again`,
    puts: await putRows(scan, commit, companion, await rowsFor(scan, state, entry, 0, companion.meta.length), true),
  }));
}

/** Whether a row may be the shape of a part that was assigned. */
function isPatch(row: readonly number[], shape: readonly number[]): boolean {
  const skipped = shape.length - row.length;
  return skipped >= 0 && row.every((size, axis) => size <= (shape[skipped + axis] ?? 0));
}
