import { readFile } from 'node:fs/promises';
import { assert, describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { createCodecPool } from './pool.js';

const folder = new URL('../../e2e/fixtures/media/', import.meta.url);
const pool = createCodecPool();
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(`${name}.dcm`, folder)));

// Each transfer syntax, and each way in which its pixels are coded.
const files = [
  'implicit',
  'explicit',
  'volumes/big-int16',
  'deflated',
  'volumes/rle-8',
  'dicom/baseline-ybr',
  'dicom/extended-12',
  'dicom/lossless-5',
  'dicom/lossless-12-cut',
  'dicom/lossless-restart',
  'dicom/ls-12',
  'dicom/ls-near-10',
  'dicom/j2k-rgb',
  'dicom/j2k-deep-signed',
  'dicom/j2k-lossy-12',
  'dicom/htj2k-rgb',
  'dicom/htj2k-12',
  'dicom/htj2k-lossy',
  'dicom/planar-ybr',
  'dicom/bits-frames',
];

/** The array, or the reason of the `codec` error or the feature that is missing; other errors are thrown. */
async function outcome(bytes: Bytes, rows?: readonly [number, number]): Promise<NdArray | string> {
  try {
    return await pool.decode('dcm', bytes, rows ? { rows } : {});
  } catch (error) {
    if (isDatasetError(error, 'codec')) {
      if (error.data.compression === 'dcm') return error.data.reason;
    }
    if (isDatasetError(error, 'unsupported')) return error.data.feature;
    throw error;
  }
}

/** Places a 16-bit number behind the header of an element of group 0028: explicit, implicit or big-endian. */
function setShort(bytes: Bytes, element: number, value: number): void {
  const heads = [
    [0x28, 0, element & 255, element >> 8, 0x55, 0x53, 2, 0],
    [0x28, 0, element & 255, element >> 8, 2, 0, 0, 0],
    [0, 0x28, element >> 8, element & 255, 0x55, 0x53, 0, 2],
  ];
  for (const [form, head] of heads.entries()) {
    const at = bytes.findIndex((_, i) => head.every((byte, k) => bytes[i + k] === byte));
    if (at < 0) continue;
    new DataView(bytes.buffer).setUint16(at + 8, value, form < 2);
    return;
  }
  throw new Error('the element is not in the file');
}

describe('damaged files', () => {
  test.each(files)('%s cut at ten places is refused', async (name) => {
    const bytes = await load(name);
    for (let i = 0; i < 10; i++) {
      expect(await outcome(bytes.slice(0, Math.floor((bytes.length * i) / 10)))).toBeTypeOf('string');
    }
    expect(await outcome(new Uint8Array(0))).toBe('it has 0 bytes');
    expect(await outcome(bytes.slice(0, -1))).toBeTypeOf('string');
  });

  test.each(files)(
    '1,000 flipped bits in %s give an error or a whole array',
    async (name) => {
      const good = await load(name);
      const whole = await outcome(good);
      const frames = typeof whole === 'object' && whole.shape.length > 3 ? (whole.shape[0] ?? 1) : 1;
      let seed = 3;
      const random = (limit: number): number => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return Math.floor((seed / 2 ** 32) * limit);
      };
      for (let i = 0; i < 1000; i++) {
        const bytes = good.slice();
        // A third of them among the elements that describe the pixels, the others anywhere behind the first ones.
        const at = i % 3 ? 300 + random(bytes.length - 300) : 300 + random(Math.min(400, bytes.length - 300));
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        // Of two frames only the one where the damage is: the elements are read whole in any case.
        const frame = 2 * at < bytes.length ? 0 : frames - 1;
        const result = await outcome(bytes, frames > 1 ? [frame, frame + 1] : undefined);
        if (typeof result === 'string') continue;
        // Not `expect`, which takes longer than decoding. Numbers may be others: nothing in DICOM tells.
        const length = result.shape.reduce((a, b) => a * b, 1);
        // What the codings are believed to hold, at most (see dcm-syntaxes.ts).
        if (result.data.length !== length || length > Math.max(2 ** 24, 4096 * bytes.length)) {
          assert.fail(`byte ${at}: ${result.data.length} numbers of ${result.shape}`);
        }
      }
      expect(await outcome(good)).toEqual(whole); // instances that crashed were replaced
    },
    20_000,
  );

  test.each(files)(
    '%s with a header that promises 65535 x 65535 pixels is refused before memory is taken',
    async (name) => {
      if (name === 'deflated') return; // its header is not at hand
      const bytes = await load(name);
      setShort(bytes, 0x10, 0xffff);
      setShort(bytes, 0x11, 0xffff);
      const before = process.memoryUsage().arrayBuffers;
      expect(await outcome(bytes)).toMatch(/promises \d+ bytes of pixels|expected \d+ bytes of pixels/);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
    },
  );
});

describe('frames', () => {
  test('of which nothing tells where they begin', async () => {
    const bytes = await load('dicom/lossless-12-cut');
    const at = bytes.findIndex((_, i) => bytes[i] === 0xfe && bytes[i + 2] === 0 && bytes[i + 3] === 0xe0);
    bytes[at + 12] = 7; // the second offset, at which no fragment begins
    expect(await outcome(bytes)).toMatch(/expected 3 coded frames, got \d in \d+ fragments/);
  });

  test('of another size, depth or number of components than the header tells', async () => {
    const lossless = await load('dicom/lossless-5');
    setShort(lossless, 0x10, 28);
    expect(await outcome(lossless)).toBe('expected frames of 28 x 37 x 1, got 29 x 37 x 1');
    const deep = await load('dicom/ls-12');
    setShort(deep, 0x100, 8);
    expect(await outcome(deep)).toBe('expected frames of up to 8 bits, got 16');
    const gray = await load('dicom/j2k-rgb');
    setShort(gray, 0x02, 1);
    expect(await outcome(gray)).toBe('expected frames of 29 x 37 x 1, got 29 x 37 x 3');
  });

  test('one that is damaged does not spoil the others', async () => {
    const bytes = await load('dicom/extended-12');
    const good = await outcome(bytes.slice(), [0, 1]);
    bytes.fill(0xff, bytes.length - 200, bytes.length - 8);
    expect(await outcome(bytes)).toBeTypeOf('string');
    expect(await outcome(bytes, [0, 1])).toEqual(good);
  });

  test('coded in a way that cannot be decoded are refused by its name', async () => {
    const bytes = await load('dicom/htj2k-8');
    const text = String.fromCharCode(...bytes);
    bytes.set(new TextEncoder().encode('102'), text.indexOf('1.2.4.201') + 6);
    const failure = await pool.decode('dcm', bytes).catch((error: unknown) => error);
    expect(isDatasetError(failure, 'unsupported') && failure.message).toMatch(/H\.264 video.*1\.2\.4\.102.*encoded/);
  });
});
