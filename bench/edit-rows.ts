import { setMany } from 'idb-keyval';
import { type Box, bbox, classLabel, createDataset, type Dataset, generic } from '../src/index.js';
import type { PeerStore } from './peer-store.js';

/** Rows of the datasets that are edited and searched: 100,000. */
export const EDIT_ROWS = 100_000;
/** Names of the labels; row `i` has number `i % 10`. */
export const EDIT_NAMES = ['bird', 'car', 'cat', 'dog', 'house', 'lamp', 'person', 'sign', 'train', 'tree'];
const PAYLOAD_BYTES = 256;
const BATCH = 10_000; // records of a transaction: more of them are slower

/** Tensors of the rows: a label, a box and some bytes. */
export const editSchema = {
  labels: classLabel(EDIT_NAMES),
  boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' } }),
  payload: generic({ dtype: 'uint8' }),
};

/** One row, also as the record of a peer. */
export interface EditRow {
  readonly labels: number;
  readonly boxes: Box[];
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Makes `count` rows. */
export function makeEditRows(count = EDIT_ROWS): EditRow[] {
  return Array.from({ length: count }, (_, i) => ({
    labels: i % EDIT_NAMES.length,
    boxes: [[i % 1000, (i >> 4) % 700, 16 + (i % 90) / 2, 12.5 + (i % 64)]],
    payload: new Uint8Array(PAYLOAD_BYTES).fill(i),
  }));
}

/** A dataset of such rows. */
export type EditDataset = Dataset<typeof editSchema>;

/** Stores rows in a new dataset, which stays open and stores nothing by itself. */
export async function createEditDataset(name: string, rows: readonly EditRow[]): Promise<EditDataset> {
  const ds = await createDataset(`idb://${name}`, editSchema, { autoFlush: false });
  for (let start = 0; start < rows.length; start += BATCH) {
    await ds.extend(rows.slice(start, start + BATCH));
    await ds.flush();
  }
  return ds;
}

/** Stores values as records under their numbers. */
export async function storeNumbered(values: readonly unknown[], { use }: PeerStore): Promise<void> {
  for (let start = 0; start < values.length; start += BATCH) {
    const records = values.slice(start, start + BATCH).map((value, i): [IDBValidKey, unknown] => [start + i, value]);
    await setMany(records, use);
  }
}
