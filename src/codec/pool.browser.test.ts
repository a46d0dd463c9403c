import { afterEach, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import { type CodecPool, type CodecPoolOptions, createCodecPool } from './pool.js';

const open: CodecPool[] = [];
function pool(options?: CodecPoolOptions): CodecPool {
  const made = createCodecPool(options);
  open.push(made);
  return made;
}
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

function picture(height: number, width: number): NdArray<'uint8'> {
  const length = height * width * 3;
  return {
    dtype: 'uint8',
    shape: [height, width, 3],
    data: Uint8Array.from({ length }, (_, i) => (i % (3 * width)) / 4 + i / 999),
  };
}

test('by default a window uses workers, and they give what inline gives', async () => {
  const [workers, inline] = [pool(), pool({ size: 0 })];
  const arrays = Array.from({ length: 12 }, (_, i) => picture(40 + i, 60));
  for (const name of ['jpeg', 'png']) {
    const files = await Promise.all(arrays.map((array) => workers.encode(name, array)));
    const expected = await Promise.all(arrays.map((array) => inline.encode(name, array)));
    expect(files).toEqual(expected);
    const decoded = await Promise.all(files.map((file) => workers.decode(name, file)));
    expect(decoded).toEqual(await Promise.all(files.map((file) => inline.decode(name, file))));
    if (name === 'png') expect(decoded).toEqual(arrays);
  }
});

test('lz4 runs in the page', async () => {
  const array = picture(200, 300);
  const { data } = await pool().decode('lz4', await pool().encode('lz4', array));
  expect(data).toEqual(array.data);
});

test('a job that is aborted in a real worker does not stop the next one', async () => {
  const workers = pool({ size: 1 });
  const controller = new AbortController();
  const first = workers.encode('png', picture(400, 400), {}, { signal: controller.signal });
  const second = workers.encode('png', picture(20, 20));
  controller.abort('enough');
  await expect(first).rejects.toBe('enough');
  expect((await second).length).toBeGreaterThan(50);
});

test('a worker that crashes is replaced', async () => {
  let made = 0;
  const createWorker = (): Worker => {
    const crashing = 'addEventListener("message", () => { throw new Error("boom"); });';
    made++;
    if (made === 1) return new Worker(URL.createObjectURL(new Blob([crashing], { type: 'text/javascript' })));
    return new Worker(new URL('./codec.worker.js', import.meta.url), { type: 'module' });
  };
  const workers = pool({ size: 1, createWorker });
  await expect(workers.encode('png', picture(5, 5))).rejects.toSatisfy(
    (error) => isDatasetError(error, 'codec') && error.message.includes('boom'),
  );
  expect((await workers.encode('png', picture(5, 5))).length).toBeGreaterThan(50);
});

test('a worker script that is not there fails with what to do', async () => {
  const workers = pool({ size: 1, workerUrl: '/nothing/here.js' });
  await expect(workers.encode('png', picture(5, 5))).rejects.toThrow('workerUrl');
});

test('a worker script of another origin runs through a blob', async () => {
  const other = location.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
  const workerUrl = `http://${other}:${location.port}/src/codec/codec.worker.ts?worker_file&type=module`;
  const workers = pool({ size: 1, workerUrl });
  expect((await workers.encode('png', picture(5, 5))).length).toBeGreaterThan(50);
});

test('wasmUrl reaches the worker', async () => {
  const good = pool({ size: 1, wasmUrl: '/wasm/' });
  const bytes = await good.encode('jpeg', picture(16, 16));
  expect((await good.decode('jpeg', bytes)).shape).toEqual([16, 16, 3]);
  const lost = pool({ size: 1, wasmUrl: '/nothing/' });
  await expect(lost.decode('jpeg', bytes)).rejects.toSatisfy((error) => isDatasetError(error, 'storage'));
});
