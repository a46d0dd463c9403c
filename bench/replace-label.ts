import { set } from 'idb-keyval';
import { deleteIdb } from '../src/stores.js';
import { type Benchmark, check, median, seededIndexes, timed } from './benchmark.js';
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

const REPEATS = 40; // of a round, whose figure is their median

/** One label of 100,000 rows, replaced and stored, against one small record. */
export const replaceLabel = (): Benchmark => replacing('ms', timed);

/** What replacing one label writes. */
export const replaceLabelBytes = (): Benchmark => replacing('kB', async (work) => (await countPutBytes(work)) / 1000);

function replacing(unit: 'ms' | 'kB', measured: (work: () => Promise<unknown>) => Promise<number>): Benchmark {
  const name = `replace-label-${unit}`;
  let ds: EditDataset;
  let peer: PeerStore;
  return {
    title: `one label of ${EDIT_ROWS / 1000},000 rows replaced and stored${unit === 'kB' ? ', bytes written' : ''}`,
    peerTitle: 'set of one record { labels }',
    unit,
    rounds: 7,
    async prepare() {
      const rows = makeEditRows();
      ds = await createEditDataset(name, rows);
      peer = await openPeer(`${name}-peer`);
      await storeNumbered(
        rows.map(({ labels }) => ({ labels })),
        peer,
      );
    },
    async measure(side, round) {
      const next = seededIndexes(round);
      const values: number[] = [];
      for (let i = 0; i < REPEATS; i++) {
        const [row, labels] = [next(EDIT_ROWS), next(EDIT_NAMES.length)];
        if (side === 'peer') values.push(await measured(() => set(row, { labels }, peer.use)));
        else {
          const replace = async (): Promise<void> => {
            await ds.tensor('labels').set(row, labels);
            await ds.flush();
          };
          values.push(await measured(replace));
          const { labels: stored } = await ds.at(row);
          check(stored.data[0] === labels && stored.data.length === 1, `label ${row}`);
        }
      }
      return median(values);
    },
    async cleanUp() {
      await ds.close();
      await deleteIdb(name);
      await peer.remove();
    },
  };
}
