/** Makes a new dataset of rows of another one, without its history. */

import type { Codecs } from '../chunk/codecs.js';
import { Draft } from '../chunk/draft.js';
import { newTensorDraft } from '../chunk/new-draft.js';
import { type CommitSource, createChunkCaches, StoredTensor } from '../chunk/stored-tensor.js';
import type { TensorDraft } from '../chunk/tensor-draft.js';
import { emptyDatasetDiff } from '../format/dataset-diff.js';
import { type DatasetMeta, emptyDatasetMeta } from '../format/dataset-meta.js';
import { recordOf } from '../format/fields.js';
import type { JsonObject } from '../format/json.js';
import { FIRST_COMMIT, isSafeKey, linkedCredsKey, versionInfoKey } from '../format/keys.js';
import { emptyTensorMeta } from '../format/new-tensor-meta.js';
import { sequenceAt } from '../format/sequences.js';
import type { LinkEntry, TensorMeta } from '../format/tensor-meta.js';
import { groupsOf } from '../format/tensor-names.js';
import { newVersionInfo, serializeVersionInfo } from '../format/version-info.js';
import type { CallOptions, Put, Store } from '../store/types.js';
import { type OnProgress, progressReporter } from '../util/progress.js';
import { loadStoredTensor, type Snapshot } from '../version/snapshot.js';
import { appendStored, filesOf, keepsChunks, newTensor, readingOf, type TensorCopy } from './copy-tensor.js';
import { type RowSet, stepRows } from './row-set.js';

/** What {@link copyRows} makes. */
export interface RowsCopy extends CallOptions {
  /** State of the source; all of it is stored. */
  readonly snapshot: Snapshot;
  /** Names of the tensors, in the order of the copy; companions come with them. */
  readonly tensors: readonly string[];
  /** Groups of the copy, beside those that the tensors lie in. */
  readonly groups: readonly string[];
  /** Rows in the order of the copy; undefined for all that each tensor has. */
  readonly rows: RowSet | undefined;
  /** Info of the new dataset. */
  readonly info: JsonObject;
  /** Row numbers that a saved view records, and whether they are hidden beside copies. */
  readonly index?: { readonly rows: RowSet; readonly hidden: boolean };
  readonly codecs: Codecs;
  readonly onProgress?: OnProgress | undefined;
}

const BATCH_BYTES = 16_000_000; // one transaction of the size that stores handle best

/** Tensor of the row numbers of a saved view. */
export const INDEX_TENSOR = 'VDS_INDEX';

/** Writes the new dataset into an empty store. The files that make the place a dataset are written last. */
export async function copyRows(target: Store, options: RowsCopy): Promise<void> {
  const { snapshot, codecs, info, index } = options;
  const call = options.signal ? { signal: options.signal } : {};
  const { copies, meta } = await planCopies(options, call);
  const draft = new Draft(target, codecs, { commit: FIRST_COMMIT, meta, info: {}, diff: emptyDatasetDiff() });
  const report = progressReporter(options.onProgress);
  const total = copies.reduce((sum, { rows }) => sum + rows.length, 0);
  let done = 0;
  let bytes = 0;
  const from = { store: target, lineage: [FIRST_COMMIT], caches: createChunkCaches() };
  for (const copy of copies) {
    call.signal?.throwIfAborted();
    if (await keepsChunks(copy)) {
      let batch: Put[] = [];
      let size = 0;
      for await (const put of filesOf(copy, snapshot.source.store, call)) {
        const length = put.bytes instanceof Uint8Array ? put.bytes.length : 0;
        if (size > 0 && size + length > BATCH_BYTES) {
          await target.write?.(batch, call);
          batch = [];
          size = 0;
        }
        batch.push(put);
        size += length;
        bytes += length;
        report({ done, total, bytes });
      }
      await target.write?.(batch, call);
      done += copy.rows.length;
    } else {
      const tensor = await newTensor(copy, from);
      draft.addTensor(tensor);
      const relieve = async (samples: number, size: number): Promise<void> => {
        done += samples;
        bytes += size;
        report({ done, total, bytes });
        call.signal?.throwIfAborted();
        if (draft.pendingBytes >= BATCH_BYTES) await draft.flush();
      };
      await appendStored(copy, tensor, readingOf(snapshot.source, codecs), relieve, call);
      await draft.flush();
    }
    report({ done, total, bytes });
  }
  if (index) draft.addTensor(indexTensor(index.rows, index.hidden, from));
  call.signal?.throwIfAborted();
  await draft.flush();
  const creds = await snapshot.source.store.get(linkedCredsKey, call);
  if (creds && copies.length > 0) draft.addPut({ key: linkedCredsKey, bytes: creds });
  draft.setMeta(meta);
  if (Object.keys(info).length > 0) draft.setInfo(info);
  draft.addPut({ key: versionInfoKey, bytes: serializeVersionInfo(newVersionInfo()) });
  await draft.flush();
  report({ done: total, total, bytes }, true);
}

/** The visible tensors of a state by name, in order of creation. */
export function visibleTensors({ meta, tensors }: Snapshot): Map<string, StoredTensor> {
  const names = new Map(Object.entries(meta.tensorNames).map(([name, key]) => [key, name]));
  return new Map([...tensors.values()].map((stored) => [names.get(stored.key) ?? stored.key, stored]));
}

/** What is copied, companions before their tensor, and the metadata of the new dataset. */
async function planCopies(
  { snapshot, tensors, rows, groups, index }: RowsCopy,
  call: CallOptions,
): Promise<{ copies: TensorCopy[]; meta: DatasetMeta }> {
  const { tensorNames } = snapshot.meta;
  const visible = visibleTensors(snapshot);
  const nameOf = new Map(Object.entries(tensorNames).map(([name, key]) => [key, name]));
  const copies: TensorCopy[] = [];
  const keys: string[] = [];
  const names: [string, string][] = [];
  const hidden: string[] = [];
  const place = (key: string): string => {
    const name = nameOf.get(key) ?? key;
    const own = isSafeKey(name) ? name : key; // what was renamed gets a folder of its new name
    keys.push(own);
    names.push([name, own]);
    return own;
  };
  const placed = new Map<string, string>();
  const order = new Map(snapshot.meta.tensors.map((key, i) => [key, i]));
  // A companion may have companions of its own: smaller copies of smaller copies.
  const add = async (stored: StoredTensor, chosen: RowSet, isIds: boolean): Promise<string> => {
    const known = placed.get(stored.key);
    if (known !== undefined) return known; // named twice, by damage
    const key = place(stored.key);
    placed.set(stored.key, key);
    if (stored.meta.hidden) hidden.push(key);
    const links: [string, LinkEntry][] = [];
    const companions = Object.entries(stored.meta.links);
    companions.sort(([a], [b]) => (order.get(a) ?? 0) - (order.get(b) ?? 0)); // JSON has sorted them
    for (const [companion, link] of companions) {
      const other = await loadStoredTensor(snapshot.source, companion, call);
      const perItem = stored.meta.isSequence && link.flattenSequence;
      const at = await add(other, perItem ? itemsOf(stored, chosen) : chosen, link.extend === 'extend_id');
      links.push([at, link]);
    }
    const name = nameOf.get(stored.key) ?? stored.key;
    copies.push({ stored, key, meta: { ...stored.meta, name, links: recordOf(links) }, isIds, rows: chosen });
    return key;
  };
  for (const name of tensors) {
    const stored = visible.get(name) ?? (await loadStoredTensor(snapshot.source, tensorNames[name] ?? name, call));
    await add(stored, rows ?? stepRows(0, stored.length), false);
  }
  if (index) {
    keys.push(INDEX_TENSOR);
    names.push([INDEX_TENSOR, INDEX_TENSOR]);
    if (index.hidden) hidden.push(INDEX_TENSOR);
  }
  const meta = {
    ...emptyDatasetMeta(),
    tensors: keys,
    tensorNames: recordOf(names),
    hiddenTensors: hidden,
    groups: [...new Set([...groups, ...tensors.flatMap(groupsOf)])],
  };
  return { copies, meta };
}

/** The items of sequences, as rows of a companion that has one for each. */
function itemsOf({ sequences, length }: StoredTensor, rows: RowSet): RowSet {
  const items: number[] = [];
  for (let i = 0; sequences && i < rows.length; i++) {
    const row = rows.at(i) ?? 0;
    if (row >= length) continue;
    const { start, end } = sequenceAt(sequences, row);
    for (let item = start; item < end; item++) items.push(item);
  }
  return items;
}

/** The tensor of row numbers that a saved view has (`spec` §10). */
function indexTensor(rows: RowSet, hidden: boolean, from: CommitSource): TensorDraft {
  const meta: TensorMeta = { ...emptyTensorMeta(INDEX_TENSOR), htype: 'generic', dtype: 'uint64', hidden };
  const draft = newTensorDraft(FIRST_COMMIT, new StoredTensor(from, INDEX_TENSOR, meta));
  if (rows.length > 0) {
    const bytes = new Uint8Array(rows.length * 8);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < rows.length; i++) view.setBigUint64(i * 8, BigInt(rows.at(i) ?? 0), true);
    draft.addRun(bytes, [1], 8, rows.length);
  }
  return draft;
}
