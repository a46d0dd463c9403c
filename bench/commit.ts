import { get, values } from 'idb-keyval';
import { deleteIdb } from '../src/stores.js';
import { type Benchmark, check, type Side, seededIndexes, timed } from './benchmark.js';
import {
  createEditDataset,
  EDIT_NAMES,
  EDIT_ROWS,
  type EditDataset,
  makeEditRows,
  storeNumbered,
} from './edit-rows.js';
import { openPeer, type PeerStore } from './peer-store.js';
import { countPutBytes } from './put-bytes.js';

const FEW_ROWS = 1000;

type Measured = (work: () => Promise<unknown>) => Promise<number>;

const putKilobytes: Measured = async (work) => (await countPutBytes(work)) / 1000;

/** A commit of some changed labels, against a copy of all records: its time, or the bytes that it writes. */
export const commitChanges = (changes: number, unit: 'ms' | 'kB' = 'ms'): Benchmark => {
  const name = `commit-${changes}-${unit}`;
  const measured = unit === 'ms' ? timed : putKilobytes;
  let ds: EditDataset;
  let peer: PeerStore;
  return {
    title: `commit of ${changes.toLocaleString('en')} changed labels in ${EDIT_ROWS / 1000},000 rows${unit === 'kB' ? ', bytes written' : ''}`,
    peerTitle: 'getAll of the records, and setMany of them into a second store',
    unit,
    rounds: 5,
    async prepare() {
      const rows = makeEditRows();
      ds = await createEditDataset(name, rows);
      await ds.commit('all rows');
      peer = await openPeer(`${name}-peer`);
      await storeNumbered(rows, peer);
    },
    async measure(side, round) {
      if (side === 'ours') return commitOf(ds, changes, round, measured);
      const copy = await openPeer(`${name}-copy-${round}`);
      const value = await measured(async () => storeNumbered(await values(peer.use), copy));
      check((await get(EDIT_ROWS - 1, copy.use)) !== undefined, 'last record');
      await copy.remove();
      return value;
    },
    async cleanUp() {
      await ds.close();
      await deleteIdb(name);
      await peer.remove();
    },
  };
};

/** A commit of one changed label in many rows, against the same in a dataset of few. */
export const commitBySize = (): Benchmark => {
  const datasets = new Map<Side, EditDataset>();
  const nameOf = (side: Side): string => `commit-size-${side}`;
  return {
    title: `commit of one changed label in ${EDIT_ROWS / 1000},000 rows`,
    peerTitle: `the same in ${FEW_ROWS.toLocaleString('en')} rows`,
    unit: 'ms',
    rounds: 15,
    async prepare() {
      for (const side of ['ours', 'peer'] as const) {
        const ds = await createEditDataset(nameOf(side), makeEditRows(side === 'ours' ? EDIT_ROWS : FEW_ROWS));
        await ds.commit('all rows');
        datasets.set(side, ds);
      }
    },
    async measure(side, round) {
      const ds = datasets.get(side);
      check(ds !== undefined, 'no dataset');
      return commitOf(ds, 1, round);
    },
    async cleanUp() {
      for (const [side, ds] of datasets) {
        await ds.close();
        await deleteIdb(nameOf(side));
      }
    },
  };
};

/** Changes labels, which stay in the draft, and measures the commit that stores them. */
async function commitOf(ds: EditDataset, changes: number, round: number, measured: Measured = timed): Promise<number> {
  const next = seededIndexes(round);
  const labels = next(EDIT_NAMES.length);
  const rows = new Map(Array.from({ length: changes }, () => [next(ds.length), { labels }] as const));
  await ds.update(rows);
  let id = '';
  const value = await measured(async () => {
    id = await ds.commit(`round ${round}`);
  });
  check(ds.commitId === id, 'commit');
  const [last] = [...rows.keys()].slice(-1);
  check((await ds.at(last ?? 0)).labels.data[0] === labels, `label ${last}`);
  return value;
}
