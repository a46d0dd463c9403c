import { get } from 'idb-keyval';
import { image, openDataset } from '../src/index.js';
import { deleteIdb } from '../src/stores.js';
import { type Benchmark, check, median, seededIndexes } from './benchmark.js';
import { storeBlobs, storeDataset, storeRecords } from './ingest.js';
import { isSame, makeJpegs } from './jpegs.js';
import { openPeer, type PeerStore } from './peer-store.js';

const FILES = 1000;
const READS = 200;
const NAME = 'random-read';

type Files = readonly Uint8Array<ArrayBuffer>[];
type ReadFile = (index: number) => Promise<Uint8Array>;

/** One stored JPEG file at a random row, against a slice of a Blob that the page holds. */
export const readVsHeldBlob = (): Benchmark =>
  randomRead('slice of a held 8 MB Blob', async (files, peer) => {
    const groups = await storeBlobs(files, peer);
    const blobs = await Promise.all(groups.map((_, i) => get<Blob>(i, peer.use)));
    const places = groups.flatMap(([start, end], group) => {
      let at = 0;
      return files.slice(start, end).map((file) => {
        at += file.length;
        return { blob: blobs[group], start: at - file.length, end: at };
      });
    });
    return async (index) => {
      const place = places[index];
      return new Uint8Array((await place?.blob?.slice(place.start, place.end).arrayBuffer()) ?? []);
    };
  });

/** One stored JPEG file at a random row, against a record of its own. */
export const readVsRecord = (): Benchmark =>
  randomRead('idb-keyval get of one record', async (files, peer) => {
    await storeRecords(files, peer);
    return async (index) => (await get<Uint8Array>(index, peer.use)) ?? new Uint8Array();
  });

function randomRead(peerTitle: string, store: (files: Files, peer: PeerStore) => Promise<ReadFile>): Benchmark {
  let files: Files = [];
  let peer: PeerStore | undefined;
  let readPeer: ReadFile | undefined;
  // Median milliseconds of one read, one after another.
  const measure = async (readFile: ReadFile, round: number): Promise<number> => {
    const next = seededIndexes(round);
    const times: number[] = [];
    for (let i = 0; i < READS; i++) {
      const index = next(FILES);
      const start = performance.now();
      const bytes = await readFile(index);
      times.push(performance.now() - start);
      const file = files[index] ?? new Uint8Array();
      check(bytes.length === file.length && (i % 10 > 0 || isSame(bytes, file)), `file ${index}`);
    }
    return median(times);
  };
  return {
    title: `one JPEG at random of ${FILES}`,
    peerTitle,
    unit: 'ms',
    rounds: 9,
    async prepare() {
      files = await makeJpegs(FILES);
      await storeDataset(files, NAME);
      peer = await openPeer(`${NAME}-peer`);
      readPeer = await store(files, peer);
    },
    async measure(side, round) {
      if (side === 'peer') return measure(readPeer ?? (async () => new Uint8Array()), round);
      const schema = { images: image({ sampleCompression: 'jpeg' }) };
      await using ds = await openDataset(`idb://${NAME}`, { schema });
      const images = ds.tensor('images');
      return await measure(async (index) => (await images.encoded(index))?.bytes ?? new Uint8Array(), round);
    },
    async cleanUp() {
      await deleteIdb(NAME);
      await peer?.remove();
    },
  };
}
