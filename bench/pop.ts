import { delMany, keys } from 'idb-keyval';
import { deleteIdb } from '../src/stores.js';
import { type Benchmark, check, seededIndexes, timed } from './benchmark.js';
import {
  createEditDataset,
  EDIT_NAMES,
  EDIT_ROWS,
  type EditDataset,
  makeEditRows,
  storeNumbered,
} from './edit-rows.js';
import { openPeer, type PeerStore } from './peer-store.js';

const POPPED = 1000;
const NAME = 'pop-scattered';

/** 1,000 rows deleted all over 100,000, and that stored. */
export const popScattered = (): Benchmark => {
  let ds: EditDataset;
  let peer: PeerStore;
  let left: number[] = []; // rows of the start that the dataset still has
  let kept: IDBValidKey[] = [];
  return {
    title: `${POPPED.toLocaleString('en')} scattered rows of ${EDIT_ROWS / 1000},000 deleted and stored`,
    peerTitle: 'delMany of as many records',
    unit: 'ms',
    rounds: 7,
    async prepare() {
      const rows = makeEditRows();
      ds = await createEditDataset(NAME, rows);
      peer = await openPeer(`${NAME}-peer`);
      await storeNumbered(rows, peer);
      left = [...rows.keys()];
      kept = [...left];
    },
    async measure(side, round) {
      const next = seededIndexes(round);
      const chosen = new Set<number>();
      while (chosen.size < POPPED) chosen.add(next(side === 'ours' ? left.length : kept.length));
      if (side === 'peer') {
        const gone = [...chosen].flatMap((i) => kept[i] ?? []);
        kept = kept.filter((_, i) => !chosen.has(i));
        const milliseconds = await timed(() => delMany(gone, peer.use));
        check((await keys(peer.use)).length === kept.length, 'records');
        return milliseconds;
      }
      const milliseconds = await timed(async () => {
        await ds.pop([...chosen]);
        await ds.flush();
      });
      left = left.filter((_, i) => !chosen.has(i));
      check(ds.length === left.length, `${ds.length} rows`);
      for (let i = 0; i < left.length; i += 997)
        check((await ds.at(i)).labels.data[0] === (left[i] ?? 0) % EDIT_NAMES.length, `row ${i}`);
      return milliseconds;
    },
    async cleanUp() {
      await ds.close();
      await deleteIdb(NAME);
      await peer.remove();
    },
  };
};
