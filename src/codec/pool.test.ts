import { describe, expect, test, vi } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import { createCodecPool } from './pool.js';
import { type CodecRequest, type CodecResponse, createResponder, transferOf } from './worker-protocol.js';

const gray: NdArray<'uint8'> = { dtype: 'uint8', shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) };

/** A worker of this thread: messages are cloned and transferred, and answered when the test says so. */
class FakeWorker extends EventTarget {
  onmessage: ((event: MessageEvent<CodecResponse>) => void) | null = null;
  onmessageerror: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  terminated = false;
  readonly requests: CodecRequest[] = [];
  readonly #held: (() => Promise<void>)[] = [];
  readonly #respond = createResponder();
  readonly #hold: boolean;

  constructor(hold = false) {
    super();
    this.#hold = hold;
  }

  postMessage(request: CodecRequest, transfer: Transferable[]): void {
    const received = structuredClone(request, { transfer });
    this.requests.push(received);
    const answer = async (): Promise<void> => {
      const response = await this.#respond(received);
      const sent = structuredClone(response, { transfer: transferOf(response) });
      if (!this.terminated) this.onmessage?.(new MessageEvent('message', { data: sent }));
    };
    if (this.#hold) this.#held.push(answer);
    else void answer();
  }

  async release(): Promise<void> {
    await this.#held.shift()?.();
  }

  crash(message: string): void {
    this.onerror?.(Object.assign(new Event('error'), { message }) as ErrorEvent);
  }

  terminate(): void {
    this.terminated = true;
  }
}

function fakePool(size: number, hold = false) {
  const workers: FakeWorker[] = [];
  const createWorker = (): Worker => {
    const worker = new FakeWorker(hold);
    workers.push(worker);
    return worker as unknown as Worker;
  };
  return { pool: createCodecPool({ size, createWorker }), workers };
}

const isCode =
  (...codes: Parameters<typeof isDatasetError>[1][]) =>
  (error: unknown) =>
    isDatasetError(error, ...codes.filter((code) => code !== undefined));

/** Waits until jobs have reached the workers: the code of the pool loads with the first one. */
const started = (workers: readonly { readonly requests: readonly unknown[] }[], jobs: number) =>
  vi.waitFor(() => expect(workers.reduce((sum, worker) => sum + worker.requests.length, 0)).toBe(jobs));

describe('workers', () => {
  test('give the same as inline, and leave the caller its arrays', async () => {
    const { pool, workers } = fakePool(2);
    const inline = createCodecPool({ size: 0 });
    const file = await pool.encode('png', gray);
    expect(file).toEqual(await inline.encode('png', gray));
    expect(gray.data).toHaveLength(6);
    const big = new Uint8Array(1000);
    big.set(file, 100);
    expect(await pool.decode('png', big.subarray(100, 100 + file.length))).toEqual(gray);
    expect(big).toHaveLength(1000);
    const [first] = workers;
    const [, sent] = first?.requests ?? [];
    expect(sent?.job.type === 'decode' && sent.job.bytes.buffer.byteLength).toBe(file.length); // not all of `big`
  });

  test('start with the first job, one for each job under way, up to the size', async () => {
    const { pool, workers } = fakePool(2);
    expect(workers).toHaveLength(0);
    await pool.encode('png', gray);
    await pool.encode('png', gray);
    expect(workers).toHaveLength(1);
    const files = await Promise.all(Array.from({ length: 9 }, () => pool.encode('png', gray)));
    expect(new Set(files.map((file) => file.join())).size).toBe(1);
    expect(workers).toHaveLength(2);
    expect(workers.reduce((sum, worker) => sum + worker.requests.length, 0)).toBe(11);
  });

  test('codecs that are not worth a trip run inline', async () => {
    const { pool, workers } = fakePool(2);
    const bytes = await pool.encode('lz4', gray);
    expect((await pool.decode('lz4', bytes)).data).toEqual(gray.data);
    expect(workers).toHaveLength(0);
  });

  test('errors come back with their code and data', async () => {
    const { pool } = fakePool(1);
    const error: unknown = await pool.decode('png', new Uint8Array(9)).catch((reason: unknown) => reason);
    expect(isDatasetError(error, 'codec') && error.data.compression).toBe('png');
    const quality = { quality: 1000 };
    await expect(pool.encode('jpeg', gray, quality)).rejects.toThrow('RangeError: The jpeg quality');
    await expect(pool.decode('wmf', new Uint8Array(9))).rejects.toSatisfy(isCode('unsupported'));
  });

  test('an abort rejects at once with its reason: queued jobs are dropped, running ones go on unheard', async () => {
    const { pool, workers } = fakePool(1, true);
    const [running, next, queued] = [new AbortController(), new AbortController(), new AbortController()];
    const results = Promise.allSettled([
      pool.encode('png', gray, {}, { signal: running.signal }),
      pool.encode('png', gray, {}, { signal: next.signal }),
      pool.encode('png', gray, {}, { signal: queued.signal }),
      pool.encode('png', gray),
    ]);
    await started(workers, 2); // one to do, one at hand
    queued.abort('third');
    next.abort('second');
    running.abort('first');
    await Promise.resolve();
    const [worker] = workers;
    expect(worker?.requests).toHaveLength(2);
    await worker?.release();
    expect(worker?.requests).toHaveLength(3);
    await worker?.release();
    await worker?.release();
    expect(await results).toMatchObject([
      { status: 'rejected', reason: 'first' },
      { status: 'rejected', reason: 'second' },
      { status: 'rejected', reason: 'third' },
      { status: 'fulfilled' },
    ]);
    await expect(pool.encode('png', gray, {}, { signal: AbortSignal.abort('before') })).rejects.toBe('before');
    expect(worker?.requests).toHaveLength(3);
  });

  test('a crash fails only the job of that worker, which is replaced', async () => {
    const { pool, workers } = fakePool(2, true);
    const gone = new AbortController();
    const results = Promise.allSettled([
      pool.encode('png', gray),
      pool.encode('png', gray),
      pool.encode('png', gray), // at hand for the first worker
      pool.encode('png', gray, {}, { signal: gone.signal }), // for the second
    ]);
    await started(workers, 4);
    gone.abort();
    workers[0]?.crash('out of memory');
    expect(workers[0]?.terminated).toBe(true);
    expect(workers.map(({ requests }) => requests.length)).toEqual([2, 2, 1]);
    await workers[1]?.release();
    await workers[1]?.release();
    await workers[2]?.release();
    const [first, second, third] = await results;
    expect(first?.status === 'rejected' && isDatasetError(first.reason, 'codec') && first.reason.message).toContain(
      'did not start: out of memory',
    );
    expect([second?.status, third?.status]).toEqual(['fulfilled', 'fulfilled']);
    const before = workers.reduce((sum, worker) => sum + worker.requests.length, 0);
    const later = pool.encode('png', gray);
    await started(workers, before + 1);
    workers[1]?.crash('');
    await expect(later).rejects.toThrow('the codec worker stopped');
  });

  test('a worker that cannot be made fails the job with the reason', async () => {
    const createWorker = (): Worker => {
      throw new TypeError('refused by policy');
    };
    const pool = createCodecPool({ size: 1, createWorker });
    await expect(pool.encode('png', gray)).rejects.toThrow('refused by policy');
  });

  test('close stops workers and fails what is under way', async () => {
    const { pool, workers } = fakePool(1, true);
    const results = Promise.allSettled(Array.from({ length: 3 }, () => pool.encode('png', gray)));
    await started(workers, 2);
    pool.close();
    for (const result of await results)
      expect(result.status === 'rejected' && isDatasetError(result.reason, 'closed')).toBe(true);
    expect(workers[0]?.terminated).toBe(true);
    await expect(pool.encode('png', gray)).rejects.toSatisfy(isCode('closed'));
    await expect(pool.encode('lz4', gray)).rejects.toSatisfy(isCode('closed'));
    pool.close();
  });
});

describe('inline', () => {
  test('Node runs inline unless told otherwise', async () => {
    const pool = createCodecPool();
    expect(await pool.decode('png', await pool.encode('png', gray))).toEqual(gray);
    pool.close();
    await expect(pool.encode('png', gray)).rejects.toSatisfy(isCode('closed'));
  });

  test('an abort rejects with its reason', async () => {
    const pool = createCodecPool({ size: 0 });
    await expect(pool.encode('png', gray, {}, { signal: AbortSignal.abort('before') })).rejects.toBe('before');
    const controller = new AbortController();
    const encoded = pool.encode('jpeg', gray, {}, { signal: controller.signal });
    controller.abort('while it loads');
    await expect(encoded).rejects.toBe('while it loads');
  });

  test('sizes that are none are refused', () => {
    for (const size of [-1, 1.5, Number.NaN]) expect(() => createCodecPool({ size })).toThrow(RangeError);
  });
});

test('a fault that is no dataset error crosses with its name', async () => {
  const respond = createResponder();
  const request = {
    id: 3,
    config: {},
    job: { type: 'encode', name: 'jpeg', array: gray, options: { quality: -1 } },
  } as const;
  expect(await respond(request)).toMatchObject({ id: 3, type: 'fault', name: 'RangeError' });
});
