/** What becomes of calls of FFmpeg that end badly, with a program in its place; the real one is in video.browser.test.ts. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeWithFfmpeg, type FfmpegInput } from './ffmpeg.js';
import type { CodecConfig } from './types.js';

const program = vi.hoisted(() => {
  const state = {
    made: 0,
    ended: 0,
    load: async (): Promise<unknown> => true,
    exec: async (_file: Uint8Array): Promise<number> => 0,
  };
  class FFmpeg {
    readonly #files = new Map<string, Uint8Array>();
    #isEnded = false;
    constructor() {
      state.made++;
    }
    on(): void {}
    off(): void {}
    load = () => state.load();
    async writeFile(name: string, bytes: Uint8Array): Promise<void> {
      if (this.#isEnded) throw new Error('ffmpeg is not loaded, call `await ffmpeg.load()` first');
      this.#files.set(name, bytes);
    }
    async exec(): Promise<number> {
      const code = await state.exec(this.#files.get('in.avi') ?? new Uint8Array(0));
      this.#files.set('out.y4m', new TextEncoder().encode('YUV4MPEG2 W2 H2 C420jpeg\nFRAME\nabcdef'));
      return code;
    }
    readFile = async (name: string) => this.#files.get(name);
    deleteFile = async (name: string) => this.#files.delete(name);
    terminate(): void {
      this.#isEnded = true;
      state.ended++;
    }
  }
  return { state, FFmpeg };
});
vi.mock('@ffmpeg/ffmpeg', () => ({ FFmpeg: program.FFmpeg }));

const { state } = program;
const hangs = (): Promise<never> => new Promise(() => {});
const input = (mark = 1): FfmpegInput => ({
  file: Uint8Array.of(mark),
  skip: 0,
  count: 1,
  compression: 'avi',
  codec: 'XVID',
});
let config: CodecConfig;

beforeEach(() => {
  vi.useFakeTimers();
  config = { ffmpeg: { coreURL: 'https://example.com/core.js', wasmURL: 'https://example.com/core.wasm' } };
  Object.assign(state, { made: 0, ended: 0, load: async () => true, exec: async () => 0 });
});
afterEach(() => vi.useRealTimers());

const decode = (mark?: number) => decodeWithFfmpeg(input(mark), config);
const failure = (call: Promise<unknown>) =>
  call.then(
    () => 'fine',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );

async function works(): Promise<void> {
  const [picture] = await decode();
  expect(picture).toMatchObject({ format: 'I420', width: 2, height: 2, data: new TextEncoder().encode('abcdef') });
}

describe('FFmpeg', () => {
  test('does one call after another, all in one instance', async () => {
    let running = 0;
    state.exec = async () => {
      expect(++running).toBe(1);
      await Promise.resolve();
      return --running;
    };
    await Promise.all([works(), works(), works()]);
    expect([state.made, state.ended]).toEqual([1, 0]);
  });

  test('that finds the frames damaged, or crashes, is told, and the next call works', async () => {
    state.exec = async () => 1;
    expect(await failure(decode())).toMatch(/^codec: .*FFmpeg cannot decode its XVID frames/);
    state.exec = () => Promise.reject('RuntimeError: memory access out of bounds');
    expect(await failure(decode())).toMatch(/^codec: .*FFmpeg failed \(RuntimeError: memory/);
    state.exec = async () => 0;
    await works();
    expect([state.made, state.ended]).toEqual([3, 2]);
  });

  test('that crashes in one call does the calls that wait behind it in another instance', async () => {
    state.exec = async ([mark]) => {
      if (mark === 7) throw new Error('crash');
      return 0;
    };
    const calls = [decode(7), decode(), decode(7), decode()].map(failure);
    expect((await Promise.all(calls)).map((each) => each.split(':')[0])).toEqual(['codec', 'fine', 'codec', 'fine']);
    await vi.advanceTimersByTimeAsync(20_000);
    await works();
    await vi.advanceTimersByTimeAsync(20_000); // timers of the instances that ended do not end the last one
    await works();
    expect(state.made - state.ended).toBe(1);
  });

  test('that takes longer than two minutes is stopped, and the next call works', async () => {
    state.exec = hangs;
    const call = failure(decode());
    await vi.advanceTimersByTimeAsync(119_000);
    expect(state.ended).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await call).toMatch(/^codec: .*decoding took more than 120 s/);
    expect(state.ended).toBe(1);
    state.exec = async () => 0;
    await works();
  });

  test('is let go when it has been idle for half a minute', async () => {
    await works();
    await vi.advanceTimersByTimeAsync(29_000);
    await works();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(state.ended).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(state.ended).toBe(1);
    await works();
    expect(state.made).toBe(2);
  });

  test('that cannot be loaded is told with its address, and loaded again the next time', async () => {
    state.load = () => Promise.reject('TypeError: Failed to fetch dynamically imported module');
    const failures = await Promise.all([failure(decode()), failure(decode())]);
    for (const told of failures)
      expect(told).toMatch(/^unsupported: .*https:\/\/example.com\/core.js.*Failed to fetch/);
    expect([state.made, state.ended]).toEqual([1, 1]);
    state.load = async () => true;
    await works();
  });

  test('that never answers while it is loaded is told after two minutes', async () => {
    state.load = hangs;
    const call = failure(decode());
    await vi.advanceTimersByTimeAsync(121_000);
    expect(await call).toMatch(/^unsupported: .*loading it took more than 120 s/);
    state.load = async () => true;
    await works();
  });

  test('that is not there is asked for', async () => {
    config = {};
    expect(await failure(decode())).toMatch(/^unsupported: .*WebCodecs/);
  });
});
