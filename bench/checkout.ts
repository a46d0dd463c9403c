import { get } from 'idb-keyval';
import { deleteIdb } from '../src/stores.js';
import { type Benchmark, check, timed } from './benchmark.js';
import {
  createEditDataset,
  EDIT_ROWS,
  type EditDataset,
  type EditRow,
  makeEditRows,
  storeNumbered,
} from './edit-rows.js';
import { openPeer } from './peer-store.js';

const ROW = 77_777;
const BRANCH = 'fixes';
const COMMITS = 50; // on the main branch, so that chunks have owners to look for

/** To a branch and back, and its row read in both. */
export const checkoutBranch = (): Benchmark =>
  checkingOut('to another branch and back', 'two', async (ds) => {
    await ds.checkout(BRANCH);
    const there = await labelOf(ds);
    await ds.checkout('main');
    return [there, await labelOf(ds)];
  });

/** To an old commit, and a row read there. */
export const checkoutCommit = (): Benchmark =>
  checkingOut('to the first commit', 'one', async (ds, first) => {
    await ds.checkout(first);
    return [await labelOf(ds)];
  });

const labelOf = async (ds: EditDataset): Promise<number> => Number((await ds.at(ROW)).labels.data[0]);

function checkingOut(
  what: string,
  times: 'one' | 'two',
  go: (ds: EditDataset, first: string) => Promise<number[]>,
): Benchmark {
  const name = `checkout-${times}`;
  const steps = times === 'two' ? [3, 9] : [ROW % 10]; // labels of the row in each state
  let ds: EditDataset;
  let first: string;
  return {
    title: `checkout ${what}, ${EDIT_ROWS / 1000},000 rows, ${COMMITS} commits, a row read in each`,
    peerTitle: `open and get in ${times === 'two' ? 'each of two copies' : 'a copy'} of the records`,
    unit: 'ms',
    rounds: 11,
    async prepare() {
      const rows = makeEditRows();
      ds = await createEditDataset(name, rows);
      first = await ds.commit('all rows');
      await ds.checkout(BRANCH, { create: true });
      await ds.update(ROW, { labels: 3 });
      await ds.commit('fixed');
      await ds.checkout('main');
      for (let i = 1; i < COMMITS; i++) {
        await ds.update(ROW - i, { labels: 9 });
        await ds.commit(`change ${i}`);
      }
      await ds.update(ROW, { labels: 9 });
      await ds.flush();
      for (const i of steps.keys()) {
        const peer = await openPeer(`${name}-peer-${i}`);
        await storeNumbered(rows, peer);
        await peer.close();
      }
    },
    async measure(side) {
      if (side === 'ours') {
        await ds.checkout('main');
        let labels: number[] = [];
        const milliseconds = await timed(async () => {
          labels = await go(ds, first);
        });
        check(String(labels) === String(steps), `labels ${labels}`);
        return milliseconds;
      }
      let sum = 0;
      for (const i of steps.keys()) {
        const start = performance.now();
        const peer = await openPeer(`${name}-peer-${i}`);
        const row = await get<EditRow>(ROW, peer.use);
        sum += performance.now() - start;
        check(row?.labels === ROW % 10, `record ${ROW}`);
        await peer.close();
      }
      return sum;
    },
    async cleanUp() {
      await ds.close();
      await deleteIdb(name);
      for (const i of steps.keys()) await (await openPeer(`${name}-peer-${i}`)).remove();
    },
  };
}
