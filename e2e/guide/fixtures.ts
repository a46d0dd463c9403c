/** What the examples of the guide work on: an empty dataset, and files. */

import { afterAll, beforeAll, expect } from 'vitest';
import {
  type CodecPool,
  createCodecPool,
  createDataset,
  type Dataset,
  type FileSample,
  type NdArray,
  read,
  type Store,
} from '../../src/index.js';
import { memoryStore, zipStore } from '../../src/stores.js';

let pool: CodecPool | undefined;
let assets: Store;

beforeAll(async () => {
  pool = createCodecPool({ size: 2 });
  assets = await zipStore(await (await fetch('/e2e/fixtures/golden/assets.zip')).blob(), { root: '' });
});
afterAll(() => pool?.close());

/** The workers that all datasets of a file of tests share. */
export const codecs = (): CodecPool => pool ?? expect.fail('no pool yet');

/** A dataset without tensors, of which nothing is known to TypeScript. */
export const dataset = async (): Promise<Dataset> =>
  (await createDataset(memoryStore(), {}, { codecs: codecs(), autoFlush: false })) as unknown as Dataset;

/** The bytes of a media file. */
export const bytesOf = async (name: string) => (await assets.get(`assets/${name}`)) ?? expect.fail(`no asset ${name}`);

/** A media file as `deeplake.read` gives it. */
export const file = async (filename: string): Promise<FileSample> => read(await bytesOf(filename), { filename });

/** Address of a photo of 53 x 37 pixels. */
export const photo = '/e2e/fixtures/media/rgb-420.jpg';

/** The bytes of {@link photo}. */
export const photoBytes = async () => new Uint8Array(await (await fetch(photo)).arrayBuffer());

/** `np.zeros(shape)`. */
export const zeros = (...shape: number[]) => ({ data: new Float64Array(shape.reduce((a, b) => a * b)), shape });

/** The numbers of an array. */
export const values = ({ data }: NdArray): number[] => Array.from(data as Uint8Array, Number);
