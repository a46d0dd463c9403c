import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import volumes from '../../e2e/fixtures/media/volumes.json' with { type: 'json' };
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { createCodecPool } from './pool.js';
import { volumeCompression, volumesContract } from './volumes.contract.js';

const folder = new URL('../../e2e/fixtures/media/', import.meta.url);
const pool = createCodecPool();
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(name, folder)));
const names = Object.keys(volumes);

volumesContract('inline in Node', volumes, load, () => pool);

/** The array, or the reason of the `codec` error or the feature that is missing; other errors are thrown. */
async function outcome(name: string, bytes: Bytes): Promise<NdArray | string> {
  try {
    return await pool.decode(volumeCompression(name), bytes);
  } catch (error) {
    if (isDatasetError(error, 'codec')) return error.data.reason;
    if (isDatasetError(error, 'unsupported')) return error.data.feature;
    throw error;
  }
}

/** Checks that an array is whole and not beyond what its file can hold. */
function expectSane({ data, shape, dtype }: NdArray, bytes: Bytes): void {
  const parts = dtype.startsWith('complex') ? 2 : 1;
  expect(data).toHaveLength(shape.reduce((a, b) => a * b, parts));
  // The greatest ratio: DEFLATE of 8-bit numbers that are scaled to doubles.
  expect(data.byteLength).toBeLessThan(2 ** 20 + 8 * 1032 * bytes.length);
}

function indexOf(bytes: Bytes, text: string): number {
  const at = String.fromCharCode(...bytes).indexOf(text);
  if (at < 0) throw new Error(`"${text}" is not in the file`);
  return at;
}

describe('damaged files', () => {
  // Of these nothing tells where the end was to be; what is left of them is read.
  const open = new Set(['piped.wav']);

  test.each(names)('%s cut at ten places is refused', async (name) => {
    const bytes = await load(name);
    for (let i = 0; i < 10; i++) {
      const part = bytes.slice(0, Math.floor((bytes.length * i) / 10) + (i && 1));
      const result = await outcome(name, part);
      if (typeof result !== 'string') {
        expect(open.has(name), `${name} cut to ${part.length} bytes`).toBe(true);
        expectSane(result, part);
      }
    }
    expect(await outcome(name, new Uint8Array(0))).toBe('it has 0 bytes');
  });

  test.each(names)(
    '%s with flipped bits gives an error or a whole array',
    async (name) => {
      const good = await load(name);
      const whole = await outcome(name, good);
      let seed = 7;
      const random = (limit: number): number => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return Math.floor((seed / 2 ** 32) * limit);
      };
      for (let i = 0; i < 200; i++) {
        const bytes = good.slice();
        const at = random(i % 3 ? Math.min(700, bytes.length) : bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        const result = await outcome(name, bytes);
        if (typeof result === 'string') continue;
        expectSane(result, bytes);
        // Check sums tell every damage of the numbers themselves.
        if (name.endsWith('.flac') && at > 200) expect(result).toEqual(whole);
      }
      expect(await outcome(name, good)).toEqual(whole);
    },
    20_000,
  );
});

describe('headers that promise more than their files hold', () => {
  test('flac', async () => {
    const bytes = await load('s16-mono.flac');
    bytes[8 + 13] = 0xff; // the highest bits but 4 of the number of samples
    expect(await outcome('x.flac', bytes)).toMatch(/frame at byte \d+ does not begin|cut off/);
  });

  test('nii and nii.gz', async () => {
    const bytes = await load('int16.nii');
    new DataView(bytes.buffer).setInt16(42, 32_000, true);
    expect(await outcome('x.nii', bytes)).toMatch(/cut off/);
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    expect(await outcome('x.nii.gz', packed)).toMatch(/more than its|expected at least 768352 unpacked bytes, got 472/);
  });

  test('dcm with coded pixels', async () => {
    const bytes = await load('volumes/rle-8.dcm');
    const rows = indexOf(bytes, 'US\x02\0\x04\0') + 4;
    bytes.set([0xff, 0xff, 0x28, 0, 0x11, 0, 0x55, 0x53, 2, 0, 0xff, 0xff], rows);
    expect(await outcome('x.dcm', bytes)).toMatch(/promises 4294836225 bytes of pixels in \d+ coded ones/);
  });

  test('las and ply', async () => {
    const bytes = await load('volumes/format0.las');
    new DataView(bytes.buffer).setUint32(107, 0xffffffff, true);
    expect(await outcome('x.las', bytes)).toMatch(/cut off/);
    const list =
      'ply\nformat ascii 1.0\nelement face 1\nproperty list uint int a\nelement vertex 1\nproperty float x\nend_header\n';
    expect(await outcome('x.ply', new TextEncoder().encode(`${list}4000000000 1 2\n3\n`))).toMatch(/cut off/);
    expect(await outcome('x.ply', new TextEncoder().encode(`${list}1e9 1 2\n3\n`))).toMatch(/cut off|list/);
  });
});

describe('sound', () => {
  test('numbers of more than 24 bits are rounded only where float32 is asked for', async () => {
    const file = await load('volumes/s32-stereo.wav');
    const [exact, rounded] = [await pool.decode('wav', file), await pool.decode('wav', file, { dtype: 'float32' })];
    expect([exact.dtype, rounded.dtype]).toEqual(['float64', 'float32']);
    expect(rounded.data).toEqual(new Float32Array(exact.data as Float64Array));
  });

  test('a flipped bit in the numbers of a flac frame is told', async () => {
    const bytes = await load('s24-stereo.flac');
    const at = bytes.length - 20;
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    expect(await outcome('x.flac', bytes)).toMatch(/check sum is wrong|does not|unknown/);
  });

  test('an ID3v1 tag after a flac file of unknown length is stepped over', async () => {
    const bytes = await load('piped.flac');
    const tag = new Uint8Array(128);
    tag.set(new TextEncoder().encode('TAG'));
    expect(await outcome('x.flac', new Uint8Array([...bytes, ...tag]))).toEqual(await outcome('x.flac', bytes));
  });
});

describe('volumes', () => {
  test('a gzip file of many streams, of which the last is empty', async () => {
    const whole = await load('int16.nii');
    const pack = async (bytes: Bytes) => {
      const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
      return new Uint8Array(await new Response(stream).arrayBuffer());
    };
    const parts = await Promise.all(
      [
        [0, 351],
        [351, 400],
        [400, whole.length],
        [0, 0],
      ].map(([a, b]) => pack(whole.slice(a, b))),
    );
    const bytes = new Uint8Array(parts.flatMap((part) => [...part]));
    expect(await outcome('x.nii.gz', bytes)).toEqual(await outcome('x.nii', whole));
    expect(await outcome('x.nii.gz', new Uint8Array([...(parts[0] ?? []), ...(parts[1] ?? [])]))).toMatch(
      /expected at least 472/,
    );
  });

  test('a wrong check sum of a packed volume is told', async () => {
    const bytes = await load('uint8-4d.nii.gz');
    const at = bytes.length - 7;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(await outcome('x.nii.gz', bytes)).toMatch(/check sum/);
  });

  test('coded pictures of other kinds are refused by the name of their transfer syntax', async () => {
    const bytes = await load('coded.dcm');
    expect(await outcome('x.dcm', bytes)).toMatch(/JPEG|jpeg|marker|begin|cut off|size/i);
    bytes.set([0x39, 0x32], indexOf(bytes, '1.2.840.10008.1.2.4.50') + 20); // 4.92
    const failure = await pool.decode('dcm', bytes).catch((error: unknown) => error);
    expect(isDatasetError(failure, 'unsupported') && failure.message).toMatch(/JPEG 2000 Part 2.*1\.2\.4\.92.*encoded/);
  });

  test('JPEG frames of another size than the header tells', async () => {
    const bytes = await load('volumes/jpeg-gray.dcm');
    const rows = indexOf(bytes, '\x28\0\x10\0US\x02\0') + 8;
    bytes[rows] = (bytes[rows] ?? 0) - 1;
    expect(await outcome('x.dcm', bytes)).toMatch(/expected frames of 36 x 53 x 1, got 37 x 53 x 1/);
  });

  test('a frame of too few segments, and one that is cut off', async () => {
    const good = await load('volumes/rle-8.dcm');
    const at = indexOf(good, '\x01\0\0\0\x40\0\0\0');
    const fewer = good.slice();
    fewer[at] = 0;
    expect(await outcome('x.dcm', fewer)).toMatch(/expected a frame of 1 segments, got 0/);
    const short = good.slice();
    short[at + 72] = 254; // the run is of 3 bytes; it lies in the second fragment
    expect(await outcome('x.dcm', short)).toMatch(/segment is cut off: expected 24 values/);
  });
});

test('vertices that hold lists are refused, whatever else they hold', async () => {
  const text =
    'ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty list uchar int a\nend_header\n1 2 3 4\n';
  expect(await outcome('x.ply', new TextEncoder().encode(text))).toBe('lists in ply vertices');
});
