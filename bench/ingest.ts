import { get, set } from 'idb-keyval';
import { createDataset, image, openDataset, read } from '../src/index.js';
import { deleteIdb } from '../src/stores.js';
import { type Benchmark, check, timed } from './benchmark.js';
import { isSame, makeJpegs } from './jpegs.js';
import { openPeer, type PeerStore } from './peer-store.js';

const FILES = 1000;
/** Bytes of a Blob that a page would gather before it stores them; a full chunk has as many. */
export const BLOB_BYTES = 8_000_000;

type Files = readonly Uint8Array<ArrayBuffer>[];

/** Stores files one record each and waits for each: what pages do. */
export async function storeRecords(files: Files, { use }: PeerStore): Promise<void> {
  for (const [i, file] of files.entries()) await set(i, file, use);
}

/** Stores files gathered into Blobs of 8 MB. @returns the files of each Blob as `[start, end)`. */
export async function storeBlobs(files: Files, { use }: PeerStore): Promise<[number, number][]> {
  const groups: [number, number][] = [];
  for (let start = 0; start < files.length; ) {
    let end = start;
    for (let bytes = 0; end < files.length && bytes < BLOB_BYTES; end++) bytes += files[end]?.length ?? 0;
    await set(groups.length, new Blob(files.slice(start, end)), use);
    groups.push([start, end]);
    start = end;
  }
  return groups;
}

/** Stores files in a dataset. @returns the milliseconds from the first file to the closed dataset. */
export async function storeDataset(files: Files, name: string): Promise<number> {
  const ds = await createDataset(`idb://${name}`, { images: image({ sampleCompression: 'jpeg' }) });
  return timed(async () => {
    await ds.extend(files.map((file) => ({ images: read(file) })));
    await ds.flush();
    await ds.close();
  });
}

/** 1,000 JPEG files from memory to storage that survives the tab, against one record each. */
export const ingestVsRecords = (): Benchmark =>
  ingest('one idb-keyval record each', storeRecords, async (files, { use }) => {
    for (const [i, file] of files.entries()) {
      const stored = await get<Uint8Array>(i, use);
      check(stored?.length === file.length && (i % 61 > 0 || isSame(stored, file)), `record ${i}`);
    }
  });

/** 1,000 JPEG files from memory to storage that survives the tab, against Blobs of 8 MB. */
export const ingestVsBlobs = (): Benchmark =>
  ingest('idb-keyval Blobs of 8 MB', storeBlobs, async (files, { use }, groups) => {
    for (const [i, [start, end]] of groups.entries()) {
      const bytes = new Uint8Array((await (await get<Blob>(i, use))?.arrayBuffer()) ?? []);
      let at = 0;
      for (const file of files.slice(start, end)) at += file.length;
      const last = files[end - 1] ?? new Uint8Array();
      check(bytes.length === at && isSame(bytes.subarray(at - last.length), last), `Blob ${i}`);
    }
  });

function ingest<T>(
  peerTitle: string,
  store: (files: Files, peer: PeerStore) => Promise<T>,
  verify: (files: Files, peer: PeerStore, stored: T) => Promise<void>,
): Benchmark {
  let files: Files = [];
  const megabytesPerSecond = (milliseconds: number): number => {
    const bytes = files.reduce((sum, file) => sum + file.length, 0);
    return bytes / 1000 / milliseconds;
  };
  const measureOurs = async (name: string): Promise<number> => {
    const milliseconds = await storeDataset(files, name);
    await verifyDataset(files, name);
    await deleteIdb(name);
    return milliseconds;
  };
  const measurePeer = async (name: string): Promise<number> => {
    const peer = await openPeer(name);
    const start = performance.now();
    const stored = await store(files, peer);
    const milliseconds = performance.now() - start;
    await verify(files, peer, stored);
    await peer.remove();
    return milliseconds;
  };
  return {
    title: `${FILES} JPEGs of 100 kB, stored`,
    peerTitle,
    unit: 'MB/s',
    rounds: 5,
    async prepare() {
      files = await makeJpegs(FILES);
    },
    async measure(side, round) {
      const name = `ingest-${side}-${round}`;
      return megabytesPerSecond(await (side === 'ours' ? measureOurs(name) : measurePeer(name)));
    },
  };
}

async function verifyDataset(files: Files, name: string): Promise<void> {
  await using ds = await openDataset(`idb://${name}`, { schema: { images: image({ sampleCompression: 'jpeg' }) } });
  check(ds.length === files.length, `${ds.length} rows`);
  let index = 0;
  for await (const sample of ds.tensor('images')) {
    const bytes = sample.encoded()?.bytes;
    const file = files[index] ?? new Uint8Array();
    check(bytes?.length === file.length && (index % 61 > 0 || isSame(bytes, file)), `sample ${index}`);
    index++;
  }
}
