import { describe, expect, it } from 'vitest';
import { abortable, SharedWork } from './abort.js';
import { utf8Encode } from './bytes.js';
import { crc32 } from './crc32.js';
import { Mutex } from './mutex.js';
import { progressReporter } from './progress.js';

const never = new Promise<never>(() => {});

describe('abortable', () => {
  it('gives the value, the failure or the reason, whichever is first', async () => {
    const controller = new AbortController();
    expect(await abortable(Promise.resolve(1))).toBe(1);
    expect(await abortable(Promise.resolve(1), controller.signal)).toBe(1);
    await expect(abortable(Promise.reject(new Error('no')), controller.signal)).rejects.toThrow('no');
    const waiting = abortable(never, controller.signal);
    controller.abort('why');
    await expect(waiting).rejects.toBe('why');
    await expect(abortable(never, controller.signal)).rejects.toBe('why');
  });

  it('leaves no listener behind on a signal that lives on', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    await abortable(Promise.resolve(1), signal);
    await abortable(Promise.reject(new Error('no')), signal).catch(() => {});
    expect(listeners).toBe(0);
  });
});

describe('SharedWork', () => {
  it('starts once, and stops when the last waiter has gone', async () => {
    const signals: AbortSignal[] = [];
    const work = new SharedWork((signal) => {
      signals.push(signal);
      return never;
    });
    const [one, two] = [new AbortController(), new AbortController()];
    const all = [work.join(one.signal), work.join(two.signal)];
    one.abort(1);
    await expect(all[0]).rejects.toBe(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    two.abort(2);
    await expect(all[1]).rejects.toBe(2);
    expect([signals.map(({ aborted }) => aborted), work.stopped]).toEqual([[true], true]);
    await expect(new SharedWork(() => never).join(one.signal)).rejects.toBe(1);
  });
});

describe('Mutex', () => {
  it('runs one after another, also after a failure, and leaves out what was aborted', async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await undefined;
      log.push(`${name} ends`);
      if (name === 'b') throw new Error('b failed');
      return name;
    };
    const controller = new AbortController();
    const all = [
      mutex.run(work('a')),
      mutex.run(work('b')),
      mutex.run(work('c'), controller.signal),
      mutex.run(work('d')),
    ];
    controller.abort('late');
    const results = (await Promise.allSettled(all)).map((one) =>
      one.status === 'fulfilled' ? one.value : String(one.reason),
    );
    expect(results).toEqual(['a', 'Error: b failed', 'late', 'd']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'd begins', 'd ends']);
  });
});

describe('crc32', () => {
  it('gives the known value, whole and in pieces', () => {
    const bytes = utf8Encode('123456789');
    expect(crc32(bytes)).toBe(0xcbf43926); // the check value of CRC-32/ISO-HDLC
    expect(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4)))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });
});

describe('progressReporter', () => {
  it('passes at most ten a second on, and always the last', () => {
    let now = 0;
    const seen: number[] = [];
    const report = progressReporter(
      ({ done }) => seen.push(done),
      () => now,
    );
    for (let done = 1; done <= 100; done++) {
      now += 30;
      report({ done, bytes: done });
    }
    report({ done: 100, bytes: 100 }, true);
    expect(seen.length).toBe(26);
    expect(seen.at(-1)).toBe(100);
    progressReporter(undefined)({ done: 1, bytes: 1 }, true);
  });
});
