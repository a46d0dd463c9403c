import { values } from 'idb-keyval';
import { deleteIdb } from '../src/stores.js';
import { type Benchmark, check, timed } from './benchmark.js';
import {
  createEditDataset,
  EDIT_NAMES,
  EDIT_ROWS,
  type EditDataset,
  type EditRow,
  makeEditRows,
  storeNumbered,
} from './edit-rows.js';
import { openPeer, type PeerStore } from './peer-store.js';

const CAT = EDIT_NAMES.indexOf('cat');

type Labelled = Pick<EditRow, 'labels'>;

/** Rows of one label by an expression, against records that hold nothing else. */
export const filterLabels = (): Benchmark =>
  filtering(
    'filter("labels == \'cat\'")',
    'getAll of records { labels }, Array.filter',
    (ds) => ds.filter("labels == 'cat'"),
    ({ labels }) => ({ labels }),
  );

/** Rows by a function, which gets everything in them, against records that hold the same. */
export const filterFunction = (): Benchmark =>
  filtering(
    "filter(({ labels }) => labels.names[0] === 'cat')",
    'getAll of the records, Array.filter',
    (ds) => ds.filter(({ labels }) => labels.names[0] === 'cat'),
    (row) => row,
  );

function filtering(
  what: string,
  peerTitle: string,
  filter: (ds: EditDataset) => Promise<{ readonly indices: Uint32Array }>,
  recordOf: (row: EditRow) => Labelled,
): Benchmark {
  const name = `filter-${peerTitle.length}`;
  let ds: EditDataset;
  let peer: PeerStore;
  return {
    title: `${what}, ${EDIT_ROWS / 1000},000 rows`,
    peerTitle,
    unit: 'rows/s',
    rounds: 9,
    async prepare() {
      const rows = makeEditRows();
      ds = await createEditDataset(name, rows);
      peer = await openPeer(`${name}-peer`);
      await storeNumbered(rows.map(recordOf), peer);
    },
    async measure(side) {
      let found: { readonly length: number } = [];
      let sum = 0;
      const milliseconds = await timed(async () => {
        if (side === 'ours') found = (await filter(ds)).indices;
        else found = (await values<Labelled>(peer.use)).filter(({ labels }) => labels === CAT);
      });
      if (found instanceof Uint32Array) for (const row of found) sum += row % EDIT_NAMES.length;
      check(found.length === EDIT_ROWS / EDIT_NAMES.length, `${found.length} rows`);
      check(side === 'peer' || sum === CAT * found.length, 'labels');
      return (1000 * EDIT_ROWS) / milliseconds;
    },
    async cleanUp() {
      await ds.close();
      await deleteIdb(name);
      await peer.remove();
    },
  };
}
