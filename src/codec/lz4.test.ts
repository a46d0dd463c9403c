import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isDatasetError } from '../errors.js';
import { type Bytes, equalBytes } from '../util/bytes.js';
import { compressBlock, decompressBlock, lz4 } from './lz4.js';
import { badBlock, decodeBlock, encodeBlock } from './lz4-block.js';
import { decodeByKernel } from './lz4-kernel.js';

const hex = (text: string): Bytes => Uint8Array.from(text.match(/\w\w/g) ?? [], (pair) => Number.parseInt(pair, 16));
const base64 = (text: string): Bytes => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const rows = utf8(Array.from({ length: 40 }, (_, i) => `row ${i * i} of the lake\n`).join(''));

/** Whole numbers in [0, bound) of a linear congruential generator. */
function pseudoRandom(length: number, bound: number): Bytes {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  });
}

function reasonOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isDatasetError(error, 'codec')) return error.data.reason;
    throw error;
  }
  return 'no error';
}

// Arrays of long runs, short runs and noise, like labels, masks and pixels.
const anyBytes = fc
  .array(
    fc.oneof(
      fc
        .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 3000 }))
        .map(([v, n]) => Array<number>(n).fill(v)),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 }),
      fc
        .tuple(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 9 }), fc.nat(99))
        .map(([a, n]) => Array(n).fill(a).flat()),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Uint8Array.from(parts.flat() as number[]));

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe('blocks', () => {
  test('the worked examples of the format', () => {
    expect(decompressBlock(hex('28000000 1f 00 01 00 0f 50 00 00 00 00 00'), 40)).toEqual(new Uint8Array(40));
    expect(decompressBlock(hex('05000000 50 68656c6c6f'), 5)).toEqual(utf8('hello'));
    expect(compressBlock(utf8('hello'))).toEqual(hex('05000000 50 68656c6c6f'));
    expect(compressBlock(new Uint8Array(0))).toEqual(new Uint8Array(0));
  });

  test('both empty forms', () => {
    expect(decompressBlock(new Uint8Array(0), 0)).toHaveLength(0);
    expect(decompressBlock(new Uint8Array(5), 0)).toHaveLength(0);
    expect(reasonOf(() => decompressBlock(new Uint8Array(0), 3))).toBe('expected 3 bytes, got 0');
  });

  test('what is compressed comes back, by WebAssembly and by JavaScript, each reading the other', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(decompressBlock(compressBlock(bytes), bytes.length)).toEqual(bytes);
        const block = encodeBlock(bytes);
        const out = new Uint8Array(bytes.length);
        expect(decodeBlock(block, out, 0, out.length)).toBe(bytes.length);
        expect(out).toEqual(bytes);
        out.fill(0);
        expect(decodeByKernel(block, 0, out)).toBe(bytes.length);
        expect(out).toEqual(bytes);
      }),
      { numRuns: 150 },
    );
  });

  test('blocks of several pieces of input and output', () => {
    const noise = pseudoRandom(900_000, 256);
    const parts = [
      noise, // literals longer than a piece
      new Uint8Array(1_500_000), // a match longer than a piece
      ...Array.from({ length: 40 }, (_, i) => noise.subarray(i * 997, i * 997 + 9000)),
      pseudoRandom(700_000, 2), // many short sequences
      noise.subarray(0, 70_000),
    ];
    const whole = new Uint8Array(parts.flatMap((part) => [...part]));
    for (const bytes of [whole, ...parts]) {
      const out = new Uint8Array(bytes.length);
      for (const block of [compressBlock(bytes).subarray(4), encodeBlock(bytes)]) {
        out.fill(0);
        expect(decodeByKernel(block, 0, out)).toBe(bytes.length);
        expect(equalBytes(out, bytes)).toBe(true);
        expect(decodeByKernel(block, 0, new Uint8Array(bytes.length - 1))).toBe(badBlock);
        expect(decodeByKernel(block, 0, new Uint8Array(bytes.length + 1))).toBe(bytes.length);
      }
    }
  });

  test('any alignment of the input is fine', () => {
    const odd = new Uint8Array(rows.length + 3);
    odd.set(rows, 3);
    expect(decompressBlock(compressBlock(odd.subarray(3)))).toEqual(rows);
    expect(encodeBlock(odd.subarray(3))).toEqual(encodeBlock(rows));
  });

  test('the codec takes and gives bytes', async () => {
    const encoded = await lz4.encode?.({ dtype: 'uint16', shape: [2], data: Uint16Array.of(1, 256) }, {});
    expect(await lz4.decode(encoded ?? new Uint8Array(0), {})).toEqual({
      dtype: 'uint8',
      shape: [4],
      data: Uint8Array.of(1, 0, 0, 1),
    });
  });

  test('works where WebAssembly is refused', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const alone = await import('./lz4.js');
    expect(alone.decompressBlock(alone.compressBlock(rows), rows.length)).toEqual(rows);
    expect(decompressBlock(alone.compressBlock(rows), rows.length)).toEqual(rows);
  });

  test('the memory of WebAssembly is given back after a large call', () => {
    const large = new Uint8Array(80 * 2 ** 20);
    expect(compressBlock(large).length).toBeLessThan(large.length / 200);
    expect(decompressBlock(compressBlock(rows), rows.length)).toEqual(rows);
  });
});

describe('frames', () => {
  const block =
    '3AAAAPADcm93IDAgb2YgdGhlIGxha2UKEgAdMRIAHTQSAB05EgAtMTYTAC0yNRMAHjMmAB40TAAeNnEAHjiWAC8xMLwAAB8yKAAAHjRPAC4xNn' +
    'YALjE5nQAfMsQAAC8yNSgAAB44UAAuMzJ4AC4zNqAAHzTIAAAvNDQoAAAeOFAALjUyeAAuNTegAB82yAAAHzYoAAAfN1AAAB83eAAAHzigAAAf' +
    'OcgAAB858AAALzEwGQEALzEwQgEALzExawEAHzGUAQEvMTK9AQAvMTPmAQEfNA8CARY1OAJQbGFrZQo=';
  const content = [...base64(block)];
  const frame = (start: string, end: string): Bytes => new Uint8Array([...hex(start), ...content, ...hex(end)]);
  // Written by the lz4 program 1.9.4: plain; with content size; without content checksum.
  const frames = {
    plain: frame('04224d18 64 40 a7', '00000000 5a2230e2'),
    sized: frame('04224d18 6c 40 1a03000000000000 83', '00000000 5a2230e2'),
    bare: frame('04224d18 60 40 82', '00000000'),
  };

  test.each(Object.entries(frames))('%s', (_, bytes) => {
    expect(decompressBlock(bytes)).toEqual(rows);
    expect(decompressBlock(bytes, rows.length)).toEqual(rows);
  });

  test('two frames, a skippable one between them, and a stored block', () => {
    const stored = hex('04224d18 60 40 82 03000080 616263 00000000');
    const skipped = hex('502a4d18 02000000 ffff');
    const whole = new Uint8Array([...frames.plain, ...skipped, ...stored]);
    expect(decompressBlock(whole)).toEqual(new Uint8Array([...rows, ...utf8('abc')]));
  });

  test('blocks of a frame refer to each other', () => {
    const good = hex('04224d18 40 40 c0 06000000 50 68656c6c6f 06000000 11 21 0600 10 21 00000000');
    expect(new TextDecoder().decode(decompressBlock(good))).toBe('hello!hello!');
  });

  test('a wrong length is told in pairs', () => {
    expect(reasonOf(() => decompressBlock(frames.plain, 795))).toBe('expected 795 bytes, got 794');
    const lying = frames.sized.slice();
    lying[6] = 0xff;
    expect(reasonOf(() => decompressBlock(lying))).toBe('expected 1023 bytes, got 794');
    lying[13] = 0xff;
    expect(reasonOf(() => decompressBlock(lying))).toMatch(/promises \d+ bytes/);
  });

  test('damaged frames are refused, or give at most what was expected', () => {
    for (let cut = 4; cut < frames.sized.length; cut += 7) {
      expect(reasonOf(() => decompressBlock(frames.sized.subarray(0, cut)))).not.toBe('no error');
    }
    for (let bit = 32; bit < frames.sized.length * 8; bit += 5) {
      const bytes = frames.sized.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      reasonOf(() => expect(decompressBlock(bytes, rows.length)).toHaveLength(rows.length));
    }
  });
});

describe('bad input', () => {
  const good = compressBlock(rows);

  test('cut at every place', () => {
    for (let cut = 1; cut < good.length; cut++) {
      expect(reasonOf(() => decompressBlock(good.subarray(0, cut), rows.length))).not.toBe('no error');
    }
  });

  test('flipped bits give an error or the right size', () => {
    let errors = 0;
    for (let bit = 0; bit < good.length * 8; bit += 3) {
      const bytes = good.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const reason = reasonOf(() => expect(decompressBlock(bytes, rows.length)).toHaveLength(rows.length));
      if (reason !== 'no error') errors++;
    }
    expect(errors).toBeGreaterThan(100);
  });

  test('a header that promises more than can be is refused before memory is taken', () => {
    const liar = good.slice();
    liar.set([0xff, 0xff, 0xff, 0x7f]);
    expect(reasonOf(() => decompressBlock(liar))).toBe(
      `its header promises 2147483647 bytes, expected at most ${(good.length - 4) * 255}`,
    );
    expect(reasonOf(() => decompressBlock(liar, 794))).toBe(
      'its header promises 2147483647 bytes, expected at most 794',
    );
  });

  test('text is no lz4', () => {
    expect(reasonOf(() => decompressBlock(utf8('This is a text file, not a block.'), 100))).toMatch(/promises/);
    expect(reasonOf(() => decompressBlock(utf8('abc'), 100))).toBe('expected at least 5 bytes, got 3');
  });

  test('WebAssembly and JavaScript answer the same to damage', () => {
    fc.assert(
      fc.property(
        anyBytes,
        fc.array(fc.tuple(fc.nat(), fc.nat(7)), { maxLength: 3 }),
        fc.nat(),
        (bytes, flips, cut) => {
          let block = encodeBlock(bytes);
          if (flips.length === 0) block = block.slice(0, cut % block.length);
          for (const [at, bit] of flips) block[at % block.length] = (block[at % block.length] ?? 0) ^ (1 << bit);
          const [ours, twin] = [new Uint8Array(bytes.length), new Uint8Array(bytes.length)];
          const end = decodeBlock(block, twin, 0, twin.length);
          expect(decodeByKernel(block, 0, ours)).toBe(end);
          if (end !== badBlock) expect(ours).toEqual(twin);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('nothing is written beyond the room', () => {
    const to = new Uint8Array(100).fill(7);
    expect(decodeBlock(hex('50 68656c6c6f'), to, 0, 4)).toBe(badBlock);
    expect(decodeBlock(hex('1f 00 0100 ff ff ff 00 50 0000000000'), to, 0, 50)).toBe(badBlock);
    expect(to.subarray(50).every((byte) => byte === 7)).toBe(true);
  });
});
