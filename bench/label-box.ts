import { get, set, setMany } from 'idb-keyval';
import { type Box, bbox, classLabel, createDataset, type Dataset, openDataset } from '../src/index.js';
import { deleteIdb } from '../src/stores.js';
import { type Benchmark, check, timed } from './benchmark.js';
import { openPeer, type PeerStore } from './peer-store.js';

/** Rows of a page's labels: 100,000. */
export const ROWS = 100_000;
const BATCH = 10_000;
const NAMES = ['bird', 'car', 'cat', 'dog', 'house', 'lamp', 'person', 'sign', 'train', 'tree'];

/** Tensors of the rows. */
export const labelBoxSchema = {
  labels: classLabel(NAMES),
  boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' } }),
};

/** One label, as a number or a name, and one box. */
export interface LabelBox {
  readonly labels: number | string;
  readonly boxes: Box[];
}

/** Makes the rows; every second one names its label. Coordinates are halves, which float32 holds exactly. */
export function makeRows(): LabelBox[] {
  return Array.from({ length: ROWS }, (_, i) => {
    const label = i % NAMES.length;
    const labels = i % 20 < 10 ? label : (NAMES[label] ?? label);
    return { labels, boxes: [[i % 1000, (i >> 4) % 700, 16 + (i % 90) / 2, 12.5 + (i % 64)]] };
  });
}

/** Checks a stored dataset's length and every 997th row. */
export async function verifyRows(ds: Dataset<typeof labelBoxSchema>, rows: readonly LabelBox[]): Promise<void> {
  check(ds.length === rows.length, `${ds.length} rows`);
  for (let i = 0; i < rows.length; i += 997) {
    const { labels, boxes } = await ds.at(i);
    check(labels.data.length === 1 && Number(labels.data[0]) === i % NAMES.length, `label ${i}`);
    check(String([...boxes.data]) === String(rows[i]?.boxes) && String(boxes.shape) === '1,4', `box ${i}`);
  }
}

/** Stores rows as records, many in one transaction. */
export async function storeRowRecords(rows: readonly LabelBox[], { use }: PeerStore): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) {
    const records = rows.slice(start, start + BATCH).map((row, i): [IDBValidKey, LabelBox] => [start + i, row]);
    await setMany(records, use);
  }
}

const inRecords = async (rows: readonly LabelBox[], peer: PeerStore): Promise<void> => {
  await storeRowRecords(rows, peer);
};
const recordAt = (index: number, { use }: PeerStore): Promise<LabelBox | undefined> => get(index, use);

/** 100,000 rows until they are in the draft; the peer has stored them by then. */
export const labelBoxDraft = (): Benchmark =>
  labelBox('in the draft', 'setMany of 10,000 records, stored', false, inRecords, recordAt);

/** 100,000 rows until they survive the tab, against one record each. */
export const labelBoxFlushed = (): Benchmark =>
  labelBox('stored', 'setMany of 10,000 records', true, inRecords, recordAt);

/** 100,000 rows until they survive the tab, against one record for all: the fastest, but nothing can be added to it. */
export const labelBoxVsArray = (): Benchmark =>
  labelBox(
    'stored',
    'one record of all rows',
    true,
    (rows, { use }) => set('rows', rows, use),
    async (index, { use }) => (await get<readonly LabelBox[]>('rows', use))?.[index],
  );

function labelBox(
  state: string,
  peerTitle: string,
  flush: boolean,
  storePeer: (rows: readonly LabelBox[], peer: PeerStore) => Promise<void>,
  readPeer: (index: number, peer: PeerStore) => Promise<LabelBox | undefined>,
): Benchmark {
  const rows = makeRows();
  const measureOurs = async (name: string): Promise<number> => {
    const ds = await createDataset(`idb://${name}`, labelBoxSchema, flush ? {} : { autoFlush: false });
    const milliseconds = await timed(async () => {
      await ds.extend(rows);
      if (flush) await ds.flush();
    });
    await ds.close();
    const stored = await openDataset(`idb://${name}`, { schema: labelBoxSchema });
    await verifyRows(stored, rows);
    await stored.close();
    await deleteIdb(name);
    return milliseconds;
  };
  const measurePeer = async (name: string): Promise<number> => {
    const peer = await openPeer(name);
    const milliseconds = await timed(() => storePeer(rows, peer));
    for (const index of [0, 77_777, ROWS - 1]) {
      check(JSON.stringify(await readPeer(index, peer)) === JSON.stringify(rows[index]), `row ${index}`);
    }
    await peer.remove();
    return milliseconds;
  };
  return {
    title: `${ROWS / 1000},000 rows of label + box, ${state}`,
    peerTitle,
    unit: 'rows/s',
    rounds: 7,
    async measure(side, round) {
      const name = `label-box-${side}-${round}`;
      return (1000 * ROWS) / (await (side === 'ours' ? measureOurs(name) : measurePeer(name)));
    },
  };
}
