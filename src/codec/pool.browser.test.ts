import { afterEach, describe, expect, test, vi } from 'vitest';
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
  vi.restoreAllMocks();
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

test('a picture takes the memory that is given for it, if it is long enough', async () => {
  const array = picture(40, 60);
  for (const made of [pool({ size: 1 }), pool({ size: 0 })]) {
    const file = await made.encode('jpeg', array);
    const plain = await made.decode('jpeg', file);
    const into = new Uint8Array(10_000).fill(255).buffer;
    const first = await made.decode('jpeg', file, { into });
    expect(first).toEqual(plain);
    expect([first.data.byteOffset, first.data.buffer.byteLength]).toEqual([0, 10_000]);
    const again = await made.decode('jpeg', file, { into: first.data.buffer as ArrayBuffer });
    expect([again, again.data.buffer.byteLength]).toEqual([plain, 10_000]);
    const short = await made.decode('jpeg', file, { into: new ArrayBuffer(40 * 60 * 3 - 1) });
    expect([short, short.data.buffer.byteLength]).toEqual([plain, 40 * 60 * 3]);
    const [damaged] = await Promise.allSettled([
      made.decode('jpeg', file.slice(0, -20), { into: new ArrayBuffer(10_000) }),
    ]);
    expect(damaged).toMatchObject({ status: 'rejected', reason: { code: 'codec' } });
    const png = await made.encode('png', array);
    expect(await made.decode('png', png, { into: new ArrayBuffer(10_000) })).toEqual(array);
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

const script = `${location.origin}/src/codec/codec.worker.ts?worker_file&type=module`;

/** Makes codec workers, of which the first have more in their script. */
function workersOf(...extras: readonly string[]): { made: number; createWorker: () => Worker } {
  const factory = {
    made: 0,
    createWorker(): Worker {
      const extra = extras[factory.made++] ?? '';
      const source = `import ${JSON.stringify(script)}; ${extra}`;
      return new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
    },
  };
  return factory;
}

const onJob = (action: string): string => `addEventListener('message', () => { ${action} });`;

describe('size', () => {
  test.each([
    [3, 3],
    [32, 8],
    [0, 1],
  ])('with %i cores there are %i workers, once there is work for them', async (cores, size) => {
    vi.spyOn(navigator, 'hardwareConcurrency', 'get').mockReturnValue(cores);
    const factory = workersOf();
    const workers = pool({ createWorker: factory.createWorker });
    expect(factory.made).toBe(0);
    for (let i = 0; i < 3; i++) await workers.encode('png', picture(4, 4));
    expect(factory.made).toBe(1); // one was enough, and stayed
    await Promise.all(Array.from({ length: 30 }, () => workers.encode('png', picture(4, 4))));
    expect(factory.made).toBe(size);
    await Promise.all(Array.from({ length: 30 }, () => workers.encode('png', picture(4, 4))));
    expect(factory.made).toBe(size);
  });
});

describe('an abort', () => {
  test('of a job that ends soon leaves its worker alone', async () => {
    const factory = workersOf();
    const workers = pool({ size: 1, createWorker: factory.createWorker });
    const controller = new AbortController();
    const first = workers.encode('png', picture(300, 300), {}, { signal: controller.signal });
    await vi.waitFor(() => expect(factory.made).toBe(1));
    controller.abort('enough');
    await expect(first).rejects.toBe('enough');
    await workers.encode('png', picture(5, 5));
    await new Promise((resolve) => setTimeout(resolve, 1100)); // beyond the time after which workers are stopped
    await workers.encode('png', picture(5, 5));
    expect(factory.made).toBe(1);
  });

  test('of a job that does not end stops its worker after a second, and the next job works', async () => {
    const factory = workersOf(onJob('for (;;);'));
    const workers = pool({ size: 1, createWorker: factory.createWorker });
    const controller = new AbortController();
    const stuck = workers.encode('png', picture(5, 5), {}, { signal: controller.signal });
    await vi.waitFor(() => expect(factory.made).toBe(1));
    const waiting = workers.encode('png', picture(6, 6));
    controller.abort('enough');
    const start = performance.now();
    await expect(stuck).rejects.toBe('enough');
    expect(performance.now() - start).toBeLessThan(500);
    expect((await waiting).length).toBeGreaterThan(50);
    expect([factory.made, performance.now() - start > 900]).toEqual([2, true]);
  });

  test('of a job that waits never sends it', async () => {
    const factory = workersOf();
    const workers = pool({ size: 1, createWorker: factory.createWorker });
    const sent = vi.spyOn(Worker.prototype, 'postMessage');
    const controller = new AbortController();
    const first = [workers.encode('png', picture(200, 200)), workers.encode('png', picture(200, 200))];
    const third = workers.encode('png', picture(5, 5), {}, { signal: controller.signal });
    await vi.waitFor(() => expect(sent).toHaveBeenCalledTimes(2)); // one to do, one at hand
    controller.abort('enough');
    await expect(third).rejects.toBe('enough');
    await Promise.all(first);
    await workers.encode('png', picture(5, 5));
    expect(sent).toHaveBeenCalledTimes(3);
  });
});

/** Does something else in place of the first answer. */
const answering = (action: string): string => `
  const send = self.postMessage.bind(self);
  let first = true;
  self.postMessage = (answer, options) => {
    if (answer.type === 'alive' || !first) return send(answer, options);
    first = false;
    ${action};
  };`;

describe('a worker that fails', () => {
  test.each([
    ['by an error that nobody catches', onJob('throw new Error("boom");'), 'boom'],
    ['for want of memory', onJob('new Uint8Array(2 ** 52);'), 'RangeError'],
    ['by closing itself instead of an answer', answering('self.close()'), 'ended without a word'],
    ['by an answer that cannot be sent', answering('send({ ...answer, bytes: () => 1 }, options)'), 'DataCloneError'],
  ])('%s fails its job alone', async (_, extra, reason) => {
    const factory = workersOf(extra);
    const workers = pool({ size: 2, createWorker: factory.createWorker });
    const arrays = Array.from({ length: 6 }, (_, i) => picture(30 + i, 30));
    const results = await Promise.allSettled(arrays.map((array) => workers.encode('png', array)));
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(isDatasetError(failed[0]?.reason, 'codec') && failed[0]?.reason.message).toContain(reason);
    expect((await workers.encode('png', picture(5, 5))).length).toBeGreaterThan(50);
    expect(factory.made).toBeLessThanOrEqual(3);
  });

  test('while it is idle is replaced for the next job', async () => {
    const factory = workersOf(`
      const send = self.postMessage.bind(self);
      self.postMessage = (answer, options) => {
        send(answer, options);
        if (answer.type !== 'alive') setTimeout(() => self.close(), 50);
      };`);
    const workers = pool({ size: 1, createWorker: factory.createWorker });
    await workers.encode('png', picture(5, 5));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect((await workers.encode('png', picture(5, 5))).length).toBeGreaterThan(50);
    expect(factory.made).toBe(2);
  });
});

test('after hundreds of broken files a good one is decoded, by the same worker', async () => {
  const factory = workersOf();
  const workers = pool({ size: 1, createWorker: factory.createWorker });
  const inline = pool({ size: 0 });
  for (const [name, file] of [
    ['jpeg', 'rgb-420.jpg'],
    ['webp', 'lib/lossy-alpha.webp'],
    ['jpeg2000', 'lib/rgb.jp2'],
    ['png', 'palette-8.png'],
  ] as const) {
    const good = new Uint8Array(await (await fetch(`/e2e/fixtures/media/${file}`)).arrayBuffer());
    const broken = Array.from({ length: 200 }, (_, i) => {
      const bytes = good.slice();
      for (let k = 0; k < 8; k++) bytes[(i * 131 + k * 977 + 20) % bytes.length] = i * 7 + k;
      return bytes;
    });
    const results = await Promise.allSettled(broken.map((bytes) => workers.decode(name, bytes)));
    for (const result of results)
      if (result.status === 'rejected') expect(isDatasetError(result.reason, 'codec', 'unsupported')).toBe(true);
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    expect(await workers.decode(name, good)).toEqual(await inline.decode(name, good));
  }
  expect(factory.made).toBe(1);
});
