import { type CodecPool, createCodecPool, createDataset, type Dataset, image, openDataset } from '../src/index.js';
import { memoryStore } from '../src/stores.js';
import { type Benchmark, check, timed } from './benchmark.js';
import { makePhotos } from './photos.js';

const FILES = 500;
const WIDTH = 640;
const HEIGHT = 480;
const ALIVE = 16; // pictures under way at a time: more would measure the memory
const THUMBNAIL = 160;

type Files = readonly Uint8Array<ArrayBuffer>[];

/** Does something with all files, some at a time. */
async function forAll(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: ALIVE }, lane));
}

async function perSecond(count: number, work: (index: number) => Promise<void>): Promise<number> {
  return (count / (await timed(() => forAll(count, work)))) * 1000;
}

async function decodeWith(pool: CodecPool, files: Files): Promise<number> {
  return perSecond(files.length, async (i) => {
    const { data } = await pool.decode('jpeg', files[i] ?? new Uint8Array());
    check(data.length === WIDTH * HEIGHT * 3, `pixels of picture ${i}`);
  });
}

/** As {@link decodeWith}; each picture takes the memory of one before it, as in a loop that is done with a batch. */
async function decodeInto(pool: CodecPool, files: Files): Promise<number> {
  const spares: ArrayBuffer[] = [];
  return perSecond(files.length, async (i) => {
    const into = spares.pop();
    const { data } = await pool.decode('jpeg', files[i] ?? new Uint8Array(), into && { into });
    check(data.length === WIDTH * HEIGHT * 3, `pixels of picture ${i}`);
    if (data.buffer instanceof ArrayBuffer) spares.push(data.buffer);
  });
}

const title = `${FILES} JPEGs of ${WIDTH} x ${HEIGHT} to arrays`;

/** The default pool of workers, against the same codec on this thread. */
export const jpegVsInline = (): Benchmark => vsInline(title, decodeWith);

/** The same with memory that is used again, on both sides. */
export const jpegIntoVsInline = (): Benchmark => vsInline(`${title} in memory that is used again`, decodeInto);

function vsInline(what: string, decode: typeof decodeWith): Benchmark {
  const pools = { ours: createCodecPool(), peer: createCodecPool({ size: 0 }) };
  let files: Files = [];
  return {
    title: what,
    peerTitle: 'the same codec on one thread, inline',
    unit: 'files/s',
    rounds: 7,
    async prepare() {
      files = await makePhotos(FILES, WIDTH, HEIGHT);
      for (const pool of Object.values(pools)) await decode(pool, files.slice(0, ALIVE)); // codecs are loaded
    },
    measure: (side) => decode(pools[side], files),
    async cleanUp() {
      for (const pool of Object.values(pools)) pool.close();
    },
  };
}

/** The default pool of workers, against the platform's decoder with its pixels read back from a canvas. */
export function jpegVsCanvas(): Benchmark {
  const pool = createCodecPool();
  let files: Files = [];
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return {
    title,
    peerTitle: 'createImageBitmap, drawImage, getImageData',
    unit: 'files/s',
    rounds: 7,
    async prepare() {
      files = await makePhotos(FILES, WIDTH, HEIGHT);
      await decodeWith(pool, files.slice(0, ALIVE));
    },
    measure(side) {
      if (side === 'ours') return decodeWith(pool, files);
      return perSecond(FILES, async (i) => {
        const bitmap = await createImageBitmap(new Blob([files[i] ?? new Uint8Array()]), {
          colorSpaceConversion: 'none',
        });
        context?.drawImage(bitmap, 0, 0);
        bitmap.close();
        check(context?.getImageData(0, 0, WIDTH, HEIGHT).data.length === WIDTH * HEIGHT * 4, `pixels of picture ${i}`);
      });
    },
    async cleanUp() {
      pool.close();
    },
  };
}

/** A grid of small pictures drawn from a dataset, against the platform alone on Blobs that the page holds. */
export function jpegGrid(): Benchmark {
  const store = memoryStore();
  const schema = { images: image({ sampleCompression: 'jpeg' }) };
  let blobs: readonly Blob[] = [];
  const context = new OffscreenCanvas(THUMBNAIL, THUMBNAIL).getContext('2d');
  const draw = (bitmap: ImageBitmap): void => {
    check(bitmap.width === THUMBNAIL, 'width of a small picture');
    context?.drawImage(bitmap, 0, 0);
    bitmap.close();
  };
  return {
    title: `${FILES} JPEGs of ${WIDTH} x ${HEIGHT} drawn ${THUMBNAIL} pixels wide`,
    peerTitle: 'createImageBitmap of held Blobs with resizeWidth',
    unit: 'files/s',
    rounds: 7,
    async prepare() {
      const files = await makePhotos(FILES, WIDTH, HEIGHT);
      blobs = files.map((file) => new Blob([file]));
      const ds = await createDataset(store, schema);
      await ds.extend(files.map((bytes) => ({ images: { bytes, compression: 'jpeg' } })));
      await ds.close();
    },
    async measure(side) {
      if (side === 'peer') {
        return perSecond(FILES, async (i) => {
          const blob = blobs[i] ?? new Blob();
          draw(await createImageBitmap(blob, { resizeWidth: THUMBNAIL, resizeQuality: 'medium' }));
        });
      }
      await using ds = await openDataset(store, { schema }); // anew: nothing is cached
      return await grid(ds);
    },
  };

  async function grid(ds: Dataset<typeof schema>): Promise<number> {
    const images = ds.tensor('images');
    return perSecond(FILES, async (i) => draw(await (await images.at(i)).toBitmap({ maxWidth: THUMBNAIL })));
  }
}
