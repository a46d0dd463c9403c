import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import headers from '../../e2e/fixtures/media/headers.json' with { type: 'json' };
import { isDatasetError } from '../errors.js';
import { decodeTagged, type JsonValue, stringifyJson } from '../format/json.js';
import type { Bytes } from '../util/bytes.js';
import { compressions, requireCodec } from './table.js';
import type { ReadHeader, SampleHeader } from './types.js';

/** What e2e/fixtures/make_media2.py tells of a file. */
interface Expected {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly info: Readonly<Record<string, unknown>>;
}

const folder = new URL('../../e2e/fixtures/media/', import.meta.url);
const files = Object.entries(headers as unknown as Readonly<Record<string, Expected>>);
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(name, folder)));
const compressionOf = (name: string): string => name.replace(/^[^.]*\./, '');

async function readerOf(compression: string): Promise<ReadHeader> {
  const reader = await requireCodec(compression).loadHeader?.();
  if (!reader) throw new Error(`${compression} has no header`);
  return reader;
}

/** A header or the reason of the `codec` error; other errors are thrown. */
async function outcome(read: ReadHeader, bytes: Bytes): Promise<SampleHeader | string> {
  try {
    return await read(bytes);
  } catch (error) {
    if (isDatasetError(error, 'codec')) return error.data.reason;
    throw error;
  }
}

/** Checks that a header can be stored and is not beyond what its file can hold. */
function expectSane(header: SampleHeader, bytes: Bytes): void {
  for (const size of header.shape) expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
  // The names of dictionaries make facts longer than a file, but not without end.
  expect(stringifyJson(header.info as never).length).toBeLessThan(50_000 + 100 * bytes.length);
}

/** Tagged arrays as plain numbers. */
function plain(value: unknown): unknown {
  const decoded = decodeTagged(value as JsonValue) as { data?: ArrayLike<number> };
  return ArrayBuffer.isView(decoded.data) ? Array.from(decoded.data as never, Number) : decoded;
}

describe('headers', () => {
  test('there are files of every format', () => {
    const known = [...compressions].filter(([, kind]) => kind !== 'image' && kind !== 'bytes').map(([name]) => name);
    expect([...new Set(files.map(([name]) => compressionOf(name)))].sort()).toEqual(known.sort());
  });

  test.each(files)('%s tells shape, dtype and facts', async (name, expected) => {
    const { shape, dtype, info } = await (await readerOf(compressionOf(name)))(await load(name));
    expect({ shape, dtype }).toEqual({ shape: expected.shape, dtype: expected.dtype });
    const { affine, ...facts } = expected.info;
    expect(info).toMatchObject(facts);
    if (affine) {
      const got = plain(info.affine) as number[];
      for (const [i, number] of (affine as number[]).entries()) expect(got[i]).toBeCloseTo(number, 6);
    }
    stringifyJson(info as never);
  });

  test('facts of sounds and videos are exactly those of the format', async () => {
    for (const [name, { info: expected }] of files) {
      const kind = compressions.get(compressionOf(name));
      if (kind !== 'audio' && kind !== 'video') continue;
      const { info } = await (await readerOf(compressionOf(name)))(await load(name));
      expect(info).toEqual(expected);
    }
  });

  test('fields of volumes have their numpy type in the byte order of the file', async () => {
    const { info } = await (await readerOf('nii'))(await load('float32-big.nii'));
    expect(info.dim).toEqual({
      _hub_custom_type: 'ndarray',
      data: 'AAMAAgADAAQAAQABAAEAAQ==',
      shape: [8],
      dtype: '>i2',
    });
    expect(info.vox_offset).toMatchObject({ data: 'AAAAAA==', dtype: '>f4' });
    expect(info.scl_slope).toMatchObject({ data: 'f8AAAA==' });
    expect(info.descrip).toMatchObject({ shape: [], dtype: '|S80' });
    const second = await (await readerOf('nii.gz'))(await load('float64-2.nii.gz'));
    expect(plain(second.info.dim)).toEqual([3, 2, 2, 2, 1, 1, 1, 1]);
  });

  test('corners of triangles give normals, centroids and bounds', async () => {
    for (const name of ['ascii.stl', 'binary.stl']) {
      const { info } = await (await readerOf('stl'))(await load(name));
      expect(plain(info.min_)).toEqual([0, 0, 0]);
      expect(plain(info.max_)).toEqual([1, 1, 1]);
      expect(plain(info.normals)).toEqual([0, 0, -1, 0, -1, 0, 1, 1, 1, -1, 0, 0].map((n) => n + 0 || 0));
      expect((plain(info.centroids) as number[])[0]).toBeCloseTo(1 / 3, 6);
    }
  });

  test('extra numbers of points and names of lists are told', async () => {
    const las = await (await readerOf('las'))(await load('format7-extra.las'));
    expect((las.info.dimension_names as string[]).slice(-4)).toEqual(['red', 'green', 'blue', 'height']);
    expect(las.info.dimensions_names_to_dtype).toMatchObject({ gps_time: '<f8', scan_angle: '<i2', height: '<f4' });
    const ply = await (await readerOf('ply'))(await load('big.ply'));
    expect(ply.info.element_name_to_property_dtypes).toEqual({
      vertex: { x: '>f4', y: '>f4', z: '>f4', red: '>u1' },
      face: { n_points: '>u1', v1: '>i4', v2: '>i4', v3: '>i4' },
    });
  });
});

describe('damaged files', () => {
  // Of these nothing but decoding tells that the end is missing, or where it was to be.
  const open = new Set('mp3 flac nii.gz'.split(' '));
  const openFiles = new Set(['piped.wav', 'live.mkv', 'ascii.ply', 'deflated.dcm']);

  test.each(files)('%s cut at ten places is refused, or read as what is left', async (name) => {
    const bytes = await load(name);
    const read = await readerOf(compressionOf(name));
    for (let i = 0; i < 10; i++) {
      const part = bytes.slice(0, Math.floor((bytes.length * i) / 10) + 1);
      const result = await outcome(read, part);
      if (typeof result !== 'string') {
        expect(open.has(compressionOf(name)) || openFiles.has(name), `${name} cut to ${part.length} bytes`).toBe(true);
        expectSane(result, part);
      }
    }
  });

  test.each(files)('%s with flipped bits is refused or read as something sane', async (name) => {
    const good = await load(name);
    const read = await readerOf(compressionOf(name));
    let seed = 1;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    for (let i = 0; i < 300; i++) {
      const bytes = good.slice();
      const at = random(i % 3 ? Math.min(700, bytes.length) : bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      const result = await outcome(read, bytes);
      if (typeof result !== 'string') expectSane(result, bytes);
    }
  });

  test.each([...new Set(files.map(([name]) => compressionOf(name)))])(
    '%s: nothing, text and noise are refused',
    async (compression) => {
      const read = await readerOf(compression);
      expect(await outcome(read, new Uint8Array(0))).toBe('it has 0 bytes');
      expect(await outcome(read, new TextEncoder().encode('not a media file\n'.repeat(99)))).toBeTypeOf('string');
      const noise = Uint8Array.from({ length: 4096 }, (_, i) => (Math.imul(i + 7, 2654435761) >>> 13) & 255);
      expect(await outcome(read, noise)).toBeTypeOf('string');
    },
  );
});

describe('headers that promise more than their files hold', () => {
  const cases: readonly (readonly [string, RegExp, (view: DataView, bytes: Bytes) => void])[] = [
    ['s16-mono.wav', /cut off/, (view) => view.setUint32(40, 0x7fffffff, true)],
    ['mpeg4.avi', /cut off/, (view) => view.setUint32(4, 0xfffffff0, true)],
    ['h264-b-frames.mp4', /cut off/, (view) => view.setUint32(0, 0x7fffffff)],
    [
      'h264-b-frames.mp4',
      /promises 4294967295 frames/,
      (view, bytes) => view.setUint32(indexOf(bytes, 'stsz') + 12, 0xffffffff),
    ],
    [
      'h264-b-frames.mp4',
      /bytes of frame times/,
      (view, bytes) => view.setUint32(indexOf(bytes, 'stts') + 8, 0xffffffff),
    ],
    ['fragments.mp4', /bytes of frames/, (view, bytes) => view.setUint32(indexOf(bytes, 'trun') + 8, 0xffffffff)],
    [
      'vbr-xing.mp3',
      /promises 4294967295 frames/,
      (view, bytes) => view.setUint32(indexOf(bytes, 'Xing') + 8, 0xffffffff),
    ],
    ['int16.nii', /cut off/, (view) => view.setInt16(42, 30_000, true)],
    ['float32-big.nii', /not one of 1 to 7 axes/, (view) => view.setInt16(40, 300)],
    ['format0.las', /cut off/, (view) => view.setUint32(107, 0xffffffff, true)],
    ['format7-extra.las', /promises|cut off/, (view) => view.setBigUint64(247, 2n ** 63n, true)],
    ['binary.stl', /cut off/, (view) => view.setUint32(80, 0xffffffff, true)],
  ];

  test.each(cases)('%s: %s', async (name, reason, change) => {
    const bytes = await load(name);
    change(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes);
    expect(await outcome(await readerOf(compressionOf(name)), bytes)).toMatch(reason);
  });

  test('ply and dcm', async () => {
    const ply = new TextEncoder().encode(
      'ply\nformat ascii 1.0\nelement vertex 4000000000\nproperty float x\nend_header\n1\n',
    );
    expect(await outcome(await readerOf('ply'), ply)).toMatch(/cut off/);
    const dcm = await load('explicit.dcm');
    const rows = indexOf(dcm, 'US\x02\0\x04\0') + 4; // the first element of this value
    dcm[rows] = 0xff;
    dcm[rows + 1] = 0xff;
    expect(await outcome(await readerOf('dcm'), dcm)).toMatch(/expected 786420 bytes of pixels, got 48/);
  });

  test('a gzip file whose volume cannot be in it', async () => {
    const head = (await load('int16.nii')).slice(0, 352);
    new DataView(head.buffer).setInt16(42, 32_000, true);
    new DataView(head.buffer).setInt16(44, 32_000, true);
    const stream = new Blob([head]).stream().pipeThrough(new CompressionStream('gzip'));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    expect(await outcome(await readerOf('nii.gz'), bytes)).toMatch(/more than its \d+ bytes can hold/);
  });

  test('sequences nested without end', async () => {
    const good = await load('explicit.dcm');
    const sequence = [8, 0, 0x32, 0x10, 0x53, 0x51, 0, 0, 255, 255, 255, 255, 254, 255, 0, 224, 255, 255, 255, 255];
    const start = indexOf(good, '1.2.840.10008.1.2.1') + 20;
    const bytes = new Uint8Array([...good.subarray(0, start), ...Array.from({ length: 5000 }, () => sequence).flat()]);
    expect(await outcome(await readerOf('dcm'), bytes)).toMatch(/nested deeper than 16/);
  });
});

function indexOf(bytes: Bytes, text: string): number {
  const at = String.fromCharCode(...bytes).indexOf(text);
  if (at < 0) throw new Error(`"${text}" is not in the file`);
  return at;
}

test('decoding is refused with what can be done instead', async () => {
  for (const name of ['wmf']) {
    const failure = await requireCodec(name)
      .load({})
      .catch((error: unknown) => error);
    expect(isDatasetError(failure, 'unsupported') && failure.message).toMatch(
      /cannot be decoded: it is a drawing.*encoded\(\)/,
    );
  }
});
