import { describe, expect, test } from 'vitest';
import { newBytePositions } from '../format/byte-positions.js';
import { parseChunk, serializeChunkHeader } from '../format/chunk.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { memoryStore } from '../store/memory.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import { RunTable } from '../util/runs.js';
import { bytesSample, codecs, failureOf, metaWith, newDraft } from './chunk.contract.js';
import { loadLz4 } from './codecs.js';
import { loadChunk } from './load-chunk.js';
import { OpenChunk } from './open-chunk.js';
import { packChunk } from './pack-chunk.js';
import { fitsPicture } from './picture.js';
import type { ChunkView } from './source.js';
import { unpack } from './unpack.js';

const png = metaWith({ dtype: 'uint8', chunkCompression: 'png' });
const full = (length: number, value: number) => bytesSample(new Array<number>(length).fill(value)).bytes;

function filled(samples: readonly (readonly [Bytes, readonly number[] | undefined])[]): OpenChunk {
  const chunk = new OpenChunk(1n);
  for (const [bytes, shape] of samples) chunk.add(bytes, shape);
  return chunk;
}

/** A stored chunk as a reader sees it. */
function viewOf(file: Bytes): ChunkView {
  const { shapes, positions, data } = parseChunk(file, 'k');
  return {
    key: 'k',
    shapes,
    positions,
    unpacked: false,
    read: (start, end) => data.slice(start, end),
    readAll: () => data,
  };
}

async function packed(chunk: OpenChunk, meta: TensorMeta): Promise<Bytes> {
  return concatBytes(await packChunk(chunk, meta, codecs, {})).slice();
}

/** Shape rows and a picture, without byte positions. */
async function pictureChunk(rows: number[], columns: number, canvas: readonly number[]): Promise<Bytes> {
  const shapes = new RunTable(columns, { rows: Uint32Array.from(rows) });
  const length = canvas.reduce((a, b) => a * b, 1);
  const picture = await codecs.encode(
    'png',
    { dtype: 'uint8', shape: canvas, data: Uint8Array.from({ length }, (_, i) => i) },
    {},
  );
  return concatBytes([serializeChunkHeader(shapes, newBytePositions()), picture]);
}

describe('chunks that are one image', () => {
  const samples = [
    [full(18, 9), [2, 3, 3]],
    [full(0, 0), [0, 0, 0]],
    [full(18, 7), [3, 2, 3]],
  ] as const;

  test("the format's example: (2,3,3), None, (3,2,3) are a picture 5 wide and 3 high", async () => {
    const file = await packed(filled(samples), png);
    const { shapes, positions, data } = parseChunk(file, 'k');
    expect([shapes.toArray(), positions.rows]).toEqual([new Uint32Array([2, 3, 3, 0, 0, 0, 0, 1, 3, 2, 3, 2]), 0]);
    const picture = await codecs.decode('png', data, {});
    expect(picture.shape).toEqual([3, 5, 3]);
    const line = (...values: number[]) => values.flatMap((value) => [value, value, value]);
    expect(Array.from(picture.data as Uint8Array)).toEqual([
      ...line(9, 9, 9, 7, 7),
      ...line(9, 9, 9, 7, 7),
      ...line(0, 0, 0, 7, 7),
    ]);
    const read = await unpack(viewOf(file), png, 3, codecs);
    expect(read.data).toEqual(concatBytes(samples.map(([bytes]) => bytes)));
    expect(read.positions.toArray()).toEqual(new Uint32Array([18, 0, 0, 0, 18, 1, 18, 18, 2]));
  });

  test('samples of shape (height, width) stay so', async () => {
    const chunk = filled([
      [full(0, 0), undefined],
      [bytesSample([1, 2, 3, 4, 5, 6]).bytes, [2, 3]],
      [bytesSample([7, 8]).bytes, [1, 2]],
    ]);
    const file = await packed(chunk, png);
    expect((await codecs.decode('png', parseChunk(file, 'k').data, {})).shape).toEqual([2, 5]);
    expect((await unpack(viewOf(file), png, 3, codecs)).data).toEqual(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
  });

  test('samples without pixels are no picture', async () => {
    for (const chunk of [
      filled([[full(0, 0), undefined]]),
      filled([[full(0, 0), [0, 0, 0]]]),
      filled([[full(0, 0), [0, 4, 3]]]),
    ]) {
      const file = await packed(chunk, png);
      expect(parseChunk(file, 'k').data).toHaveLength(0);
      const { data, positions } = await unpack(viewOf(file), png, 1, codecs);
      expect([data.length, positions.items]).toEqual([0, 1]);
    }
  });

  test('one without height still takes its columns', async () => {
    const chunk = filled([
      [full(0, 0), [0, 2, 1]],
      [bytesSample([1, 2]).bytes, [2, 1, 1]],
    ]);
    const file = await packed(chunk, png);
    expect((await unpack(viewOf(file), png, 2, codecs)).data).toEqual(new Uint8Array([1, 2]));
  });

  test('the old index still fits a chunk that has gained samples', async () => {
    const file = await packed(filled(samples), png);
    const source = {
      key: 't',
      meta: png,
      info: () => ({}),
      chunkIds: () => ({ ids: [], lasts: [] }),
      tiles: () => new Map(),
      chunk: () => viewOf(file),
    };
    const chunk = await loadChunk(source, 1n, 1, codecs);
    expect([chunk.count, chunk.dataBytes, concatBytes(chunk.parts())]).toEqual([1, 18, samples[0][0]]);
  });

  test('damaged ones are refused, without taking the memory that they promise', async () => {
    const file = await packed(filled(samples), png);
    const cut = await failureOf(unpack(viewOf(file.slice(0, -20)), png, 3, codecs));
    expect(cut.code).toBe('codec');
    const lies: [string, Bytes][] = [
      [
        'picture of shape (3, 6, 3): expected 54 bytes, got 45',
        await pictureChunk([2, 3, 3, 0, 3, 3, 3, 1], 3, [3, 5, 3]),
      ],
      ['others, too', await pictureChunk([2, 3, 3, 0, 2, 2, 1, 1], 3, [2, 5, 3])],
      ['2 or 3 numbers each, got 1', await pictureChunk([5, 0], 1, [2, 5, 3])],
      ['2 or 3 numbers each, got 4', await pictureChunk([1, 1, 1, 1, 0], 4, [1, 1])],
      ['got 45', await pictureChunk([2, 3, 3, 2 ** 32 - 2], 3, [3, 5, 3])],
      ['got 45', await pictureChunk([2 ** 32 - 1, 2 ** 32 - 1, 3, 0], 3, [3, 5, 3])],
    ];
    for (const [message, bytes] of lies) {
      const { code, message: said } = await failureOf(unpack(viewOf(bytes), png, 1, codecs));
      expect(['corrupt', 'codec']).toContain(code);
      expect(said).toContain(message);
    }
    const many = await failureOf(unpack(viewOf(file), png, 2 ** 40, codecs));
    expect(many).toMatchObject({ code: 'corrupt', data: { key: 'k', got: `${2 ** 40}` } });
  });

  test('other compressions of a chunk are named', async () => {
    const meta = metaWith({ dtype: 'uint8', chunkCompression: 'mp3' });
    expect(await failureOf(unpack(viewOf(new Uint8Array(0)), meta, 1, codecs))).toMatchObject({
      code: 'unsupported',
      message: 'Chunk compression "mp3" cannot be read.',
    });
  });
});

describe('what fits one picture', () => {
  const shapes = new RunTable(3, { rows: Uint32Array.from([0, 0, 0, 0, 10, 60_000, 3, 1]) });

  test('the same channels, and no side longer than JPEG has', () => {
    expect(fitsPicture(png, shapes, [10, 5500, 3])).toBe(true);
    expect(fitsPicture(png, shapes, [10, 5501, 3])).toBe(false);
    expect(fitsPicture(png, shapes, [10, 1, 1])).toBe(false);
    expect(fitsPicture(png, shapes, [0, 0, 0])).toBe(true);
    expect(fitsPicture(png, undefined, [10, 70_000, 3])).toBe(true);
    expect(fitsPicture(metaWith({ chunkCompression: 'lz4' }), shapes, [10, 1, 1])).toBe(true);
  });

  test('the picture itself, with what stands empty in it, is as large as a chunk', () => {
    expect(fitsPicture(png, shapes, [88, 60, 3])).toBe(true); // 88 x 60,060 x 3 = 15.9 MB
    expect(fitsPicture(png, shapes, [89, 60, 3])).toBe(false);
  });

  test('other samples start a new chunk', () => {
    const draft = newDraft(memoryStore(), { dtype: 'uint8', chunkCompression: 'png' });
    for (const shape of [
      [2, 2, 3],
      [1, 2, 3],
      [2, 2, 1],
      [0, 0, 0],
      [3, 3, 1],
      [1, 1, 3],
    ])
      draft.append(
        bytesSample(
          full(
            shape.reduce((a, b) => a * b),
            1,
          ),
          shape,
        ),
      );
    expect(draft.chunkIds().lasts).toEqual([1, 4, 5]);
  });
});

describe('lz4 chunks', () => {
  const meta = metaWith({ dtype: 'uint8', chunkCompression: 'lz4' });

  test('are one block; positions count decompressed bytes', async () => {
    const file = await packed(
      filled([
        [full(40, 5), [40]],
        [full(0, 0), [0]],
        [full(8, 6), [8]],
      ]),
      meta,
    );
    const { data, positions } = parseChunk(file, 'k');
    expect(data.length).toBeLessThan(30);
    expect(positions.toArray()).toEqual(new Uint32Array([40, 0, 0, 0, 40, 1, 8, 40, 2]));
    const { decompressBlock } = await loadLz4();
    expect(decompressBlock(data)).toEqual(concatBytes([full(40, 5), full(8, 6)]));
    expect((await unpack(viewOf(file), meta, 3, codecs)).data).toEqual(concatBytes([full(40, 5), full(8, 6)]));
  });

  test('of empty samples have no bytes', async () => {
    const file = await packed(filled([[full(0, 0), [0]]]), meta);
    expect(parseChunk(file, 'k').data).toHaveLength(0);
    expect((await unpack(viewOf(file), meta, 1, codecs)).data).toHaveLength(0);
  });

  test('that do not hold what their tables say are refused', async () => {
    const file = await packed(filled([[full(40, 5), [40]]]), meta);
    const { shapes } = parseChunk(file, 'k');
    const positions = new RunTable(2, { offsets: true, rows: Uint32Array.from([2 ** 32 - 1, 0, 0]) });
    const lying = concatBytes([serializeChunkHeader(shapes, positions), parseChunk(file, 'k').data]);
    expect(await failureOf(unpack(viewOf(lying), meta, 1, codecs))).toMatchObject({
      code: 'codec',
      message: expect.stringContaining('expected 4294967295 bytes, got 40'),
    });
    expect((await failureOf(unpack(viewOf(file.slice(0, -3)), meta, 1, codecs))).code).toBe('codec');
  });
});

test('a chunk that a draft still holds is not packed', async () => {
  const view = { ...viewOf(await packed(filled([[full(3, 1), [3]]]), metaWith())), unpacked: true };
  expect((await unpack(view, png, 1, codecs)).data).toEqual(full(3, 1));
});

test('zeros that the format leaves out at the end of the shapes are filled in before more is added', async () => {
  const positions = new RunTable(2, { offsets: true, rows: Uint32Array.from([2, 0, 0, 0, 2, 2]) });
  const shapes = new RunTable(1, { rows: Uint32Array.from([2, 0]) }); // of the first sample only
  const file = concatBytes([serializeChunkHeader(shapes, positions), full(2, 1)]);
  const source = {
    key: 't',
    meta: metaWith(),
    info: () => ({}),
    chunkIds: () => ({ ids: [], lasts: [] }),
    tiles: () => new Map(),
    chunk: () => viewOf(file),
  };
  const chunk = await loadChunk(source, 1n, 3, codecs);
  chunk.add(full(4, 2), [4]);
  expect(chunk.shapes?.toArray()).toEqual(new Uint32Array([2, 0, 0, 2, 4, 3]));
  expect(await failureOf(loadChunk(source, 1n, 4, codecs))).toMatchObject({
    code: 'corrupt',
    data: { key: 'k', expected: '4 samples', got: 3 },
  });
});
