/** Damaged point clouds, meshes and volumes give an error or what they hold, at once and in little memory. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createCodecPool } from '../codec/pool.js';
import { requireCodec } from '../codec/table.js';
import { isDatasetError } from '../errors.js';
import { type Bytes, utf8Encode } from '../util/bytes.js';
import { meshSample } from './mesh-sample.js';
import { niftiSample } from './nifti-sample.js';
import { pointCloudSample } from './point-cloud-sample.js';
import { countedSource, diskName, storedFile } from './points.contract.js';

const folder = new URL('../../e2e/fixtures/media/points/', import.meta.url);
const pool = createCodecPool();
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(diskName(name), folder)));

/** Everything that a file gives, as typed arrays: the whole first. */
async function readAll(name: string, bytes: Bytes): Promise<unknown[]> {
  const stored = storedFile(name, countedSource(bytes), pool);
  const all: unknown[] = [];
  if (/\.la[sz]$/.test(name)) {
    const sample = pointCloudSample(stored, 2);
    all.push(...Object.values(await sample.columns()), (await sample.coordinates({ start: 3 })).data);
  } else if (/\.nii/.test(name)) {
    const sample = niftiSample(stored, 3);
    all.push((await sample.array()).data, await sample.header(), await sample.affine());
    for (const axis of [0, 1, 2] as const) all.push((await sample.slice({ axis, index: 0 })).data);
  } else {
    const sample = meshSample(stored, 2);
    const { positions, triangles, normals } = await sample.geometry();
    all.push(positions.data, triangles.data, normals?.data);
    if (name.endsWith('.ply')) all.push(await sample.elements());
  }
  return all;
}

/** What a file gives, or the reason why it gives nothing; other errors are thrown. */
async function outcome(name: string, bytes: Bytes): Promise<unknown[] | string> {
  try {
    return await readAll(name, bytes);
  } catch (error) {
    if (isDatasetError(error, 'codec')) return error.data.reason;
    if (isDatasetError(error, 'unsupported')) return error.data.feature;
    throw error;
  }
}

/** Bytes of all typed arrays in what a file gives. */
function memory(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + memory(inner), 0);
}

const names = [
  ...['format-0.las', 'format-10.las', 'extra.las', 'plain.laz', 'extra.laz'],
  ...['sorts-ascii.ply', 'sorts-big.ply', 'sorts-little.ply', 'double.ply'],
  ...['binary.stl', 'trap.stl', 'solids.stl', 'one-line.stl'],
  ...['c8.nii', 'scaled.nii', 'times.nii', 'two.nii', 'times.nii.gz', 'two.nii.gz', 'parts.nii.gz'],
];

describe('damaged files', () => {
  test.each(names)('%s cut at ten places is refused', async (name) => {
    const bytes = await load(name);
    for (let i = 0; i < 10; i++) {
      const part = bytes.slice(0, Math.floor((bytes.length * i) / 10) + (i && 1));
      // Two solids of one file may be taken for all there are when the cut is behind them.
      expect(await outcome(name, part), `${name} cut to ${part.length} bytes`).toBeTypeOf('string');
    }
    expect(await outcome(name, new Uint8Array(0))).toMatch(/it has 0 bytes|empty|raw/);
  });

  const ofEachFormat = [
    'extra.las',
    'plain.laz',
    'sorts-ascii.ply',
    'sorts-big.ply',
    'binary.stl',
    'solids.stl',
  ].concat(['scaled.nii', 'two.nii', 'times.nii.gz', 'parts.nii.gz']);

  test.each(ofEachFormat)(
    '%s with flipped bits gives an error, or no more than it can hold',
    async (name) => {
      const good = await load(name);
      let seed = 11;
      const random = (limit: number): number => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return Math.floor((seed / 2 ** 32) * limit);
      };
      for (let i = 0; i < 1000; i++) {
        const bytes = good.slice();
        const at = random(i % 3 ? Math.min(700, bytes.length) : bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        const begin = performance.now();
        const result = await outcome(name, bytes);
        expect(performance.now() - begin, `byte ${at} of ${name}`).toBeLessThan(5000);
        if (typeof result !== 'string') expect(memory(result)).toBeLessThan(2 ** 20 + 8 * 1032 * bytes.length);
      }
      expect(await outcome(name, good)).toBeInstanceOf(Array);
    },
    60_000,
  );
});

/** A copy of a file with some bytes changed. */
async function changed(name: string, change: (view: DataView) => void): Promise<Bytes> {
  const bytes = await load(name);
  change(new DataView(bytes.buffer));
  return bytes;
}

describe('headers that promise more than their files hold', () => {
  test('10^10 points of LAS and of LAZ', async () => {
    const many = await changed('extra.las', (view) => view.setBigUint64(247, 10_000_000_000n, true));
    expect(await outcome('x.las', many)).toMatch(/cut off: expected at least 780000000777 bytes, got 4629|cut off/);
    const packed = await changed('plain.laz', (view) => view.setUint32(107, 0xffffffff, true));
    expect(await outcome('x.laz', packed)).toMatch(/promises 4294967295 points in 3 chunks of \d+ bytes/);
  });

  test('a LAZ table of chunks elsewhere, and a wrong number of chunks', async () => {
    const start = 227 + 54 + 40;
    const far = await changed('plain.laz', (view) => view.setBigInt64(start, 1n << 60n, true));
    expect(await outcome('x.laz', far)).toMatch(/table of chunks is at byte/);
    const table = Number(new DataView((await load('plain.laz')).buffer).getBigInt64(start, true));
    const more = await changed('plain.laz', (view) => view.setUint32(table + 4, 1 << 30, true));
    expect(await outcome('x.laz', more)).toMatch(/in 1073741824 chunks/);
  });

  test('32767^3 voxels', async () => {
    const huge = await changed('i2.nii', (view) => {
      for (const at of [42, 44, 46]) view.setInt16(at, 32_767, view.getUint8(0) !== 0);
    });
    expect(await outcome('x.nii', huge)).toMatch(/cut off: expected at least 7036\d+ bytes, got 472/);
    const stream = new Blob([huge]).stream().pipeThrough(new CompressionStream('gzip'));
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    expect(await outcome('x.nii.gz', packed)).toMatch(/promises 7036\d+ bytes, more than its \d+ bytes can hold/);
  });

  test('elements, lists and triangles', async () => {
    const head = (form: string, count: string) =>
      `ply\nformat ${form} 1.0\nelement vertex 0\nproperty float x\nelement face ${count}\nproperty list uint int vertex_indices\nend_header\n`;
    expect(await outcome('x.ply', utf8Encode(`${head('ascii', '4000000000')}3 0 1 2\n`))).toMatch(/cut off/);
    expect(await outcome('x.ply', utf8Encode(`${head('ascii', '1')}4000000000 0 1 2\n`))).toMatch(
      /promises 4000000000/,
    );
    expect(await outcome('x.ply', utf8Encode(`${head('ascii', '1')}-1 0 1 2\n`))).toMatch(/promises -1 numbers/);
    expect(await outcome('x.ply', utf8Encode(`${head('binary_big_endian', '1')}\xff\xff`))).toMatch(/cut off/);
    const triangles = await changed('binary.stl', (view) => view.setUint32(80, 0xffffffff, true));
    expect(await outcome('x.stl', triangles)).toMatch(/cut off/);
  });
});

describe('what is refused by name', () => {
  const code = (value: number) => changed('u1.nii', (view) => view.setInt16(70, value, true));

  test.each([
    [1, 'single bits'],
    [128, 'RGB24 colours'],
    [1536, 'float128 numbers'],
    [2048, 'complex256 numbers'],
    [2304, 'RGBA32 colours'],
  ])('NIfTI data type %i: %s', async (value, name) => {
    expect(await outcome('x.nii', await code(value))).toBe(`volumes of ${name}`);
  });

  test('a header without its volume, and a data type that does not exist', async () => {
    const pair = await changed('u1.nii', (view) => view.setUint8(345, 0x69)); // ni1
    expect(await outcome('x.nii', pair)).toBe('volumes in a file of their own (.hdr with .img)');
    expect(await outcome('x.nii', await code(77))).toMatch(/data type \(code 77\)/);
  });

  test('packed waveforms, and other methods of packing', async () => {
    const waves = await changed('extra.laz', (view) => {
      view.setUint8(104, 128 + 4);
      view.setUint16(105, 57, true);
    });
    expect(await outcome('x.laz', waves)).toBe('packed points of format 4, which have waveforms');
    const start = 227 + 54 + 192 * 6 + 54;
    const method = await changed('extra.laz', (view) => view.setUint16(start, 1, true));
    expect(await outcome('x.laz', method)).toBe('points packed by method 1');
    const none = await changed('extra.laz', (view) => view.setUint16(start - 36, 5, true));
    expect(await outcome('x.laz', none)).toMatch(/nothing tells how/);
  });
});

test('faces that name vertices which are not there are left out, and counted', async () => {
  const text =
    'ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n' +
    'element face 4\nproperty list uchar int vertex_index\nend_header\n' +
    '0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n3 2 1 0\n3 -1 1 2\n4 0 1 2 1\n';
  const sample = meshSample(storedFile('x.ply', countedSource(utf8Encode(text)), pool), 2);
  const { triangles, brokenFaces } = await sample.geometry();
  expect([brokenFaces, triangles.shape, ...triangles.data]).toEqual([2, [3, 3], 2, 1, 0, 0, 1, 2, 0, 2, 1]);
});

test('a LAZ file is stored with the shape and facts of the same LAS file', async () => {
  const read = await requireCodec('las').loadHeader?.();
  const header = read?.(await load('extra.laz'));
  expect(header).toMatchObject({ shape: [90, 21], dtype: 'float32', info: { las_header: { point_count: 90 } } });
});

test('a crash of the unpacker leaves the next file whole', async () => {
  const good = await load('plain.laz');
  const before = await outcome('plain.laz', good);
  const broken = good.slice();
  broken.fill(0xa5, 600, 900);
  await outcome('plain.laz', broken);
  expect(await outcome('plain.laz', good)).toEqual(before);
});
