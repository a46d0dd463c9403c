import { get } from 'idb-keyval';
import { createDataset, openDataset } from '../src/index.js';
import { deleteIdb } from '../src/stores.js';
import { type Benchmark, check } from './benchmark.js';
import { labelBoxSchema, makeRows, ROWS, storeRowRecords } from './label-box.js';
import { openPeer } from './peer-store.js';

const NAME = 'cold-open';

/** From the name of a stored dataset of 100,000 rows to its first sample, in a page that was just loaded. */
export const coldOpen = (): Benchmark => ({
  title: `open ${ROWS / 1000},000 rows, read the first`,
  peerTitle: 'idb-keyval open and get of a record',
  unit: 'ms',
  rounds: 9,
  reload: true,
  async prepare() {
    const rows = makeRows();
    const ds = await createDataset(`idb://${NAME}`, labelBoxSchema);
    await ds.extend(rows);
    await ds.close();
    const peer = await openPeer(`${NAME}-peer`);
    await storeRowRecords(rows, peer);
    await peer.close();
  },
  async measure(side) {
    const start = performance.now();
    if (side === 'peer') {
      const peer = await openPeer(`${NAME}-peer`);
      const row = await get(0, peer.use);
      const milliseconds = performance.now() - start;
      await peer.close();
      check(JSON.stringify(row) === JSON.stringify(makeRows()[0]), 'record 0');
      return milliseconds;
    }
    const ds = await openDataset(`idb://${NAME}`);
    const row = await ds.at(0);
    const milliseconds = performance.now() - start;
    check(ds.length === ROWS && 'labels' in row && 'boxes' in row, 'row 0');
    await ds.close();
    return milliseconds;
  },
  async cleanUp() {
    await deleteIdb(NAME);
    await (await openPeer(`${NAME}-peer`)).remove();
  },
});
