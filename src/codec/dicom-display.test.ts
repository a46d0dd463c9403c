import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import dicom from '../../e2e/fixtures/media/dicom/dicom.json' with { type: 'json' };
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import { type ByteSource, byteSourceOf } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import {
  type DicomPicture,
  type DisplayFacts,
  displayFacts,
  grayTransfer,
  paintFrame,
  readHead,
} from './dicom-display.js';
import { sha256 } from './media.contract.js';
import { createCodecPool } from './pool.js';

const folder = new URL('../../e2e/fixtures/media/dicom/', import.meta.url);
const pool = createCodecPool();
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(`${name}.dcm`, folder)));

async function opened(name: string, frame = 0): Promise<{ array: NdArray; facts: DisplayFacts }> {
  const bytes = await load(name);
  const facts = displayFacts(await readHead(byteSourceOf(bytes)), frame);
  const array = await pool.decode('dcm', bytes, { rows: [frame, frame + 1] });
  if (array.shape.length === 4) return { array: { ...array, shape: array.shape.slice(1) }, facts };
  return { array: await pool.decode('dcm', bytes), facts };
}

/** The hash of numbers in float64, as the fixture's script makes it. */
function hashOf(values: Iterable<number>): Promise<string> {
  return sha256(new Uint8Array(Float64Array.from(values).buffer));
}

function gray(
  { array, facts }: { array: NdArray; facts: DisplayFacts },
  [low = 0, high = 255]: readonly number[],
): number[] {
  return Array.from(array.data, Number).map(grayTransfer(facts, array.data, {}, low, high));
}

function channel({ data }: DicomPicture, offset: number): number[] {
  return [...data].filter((_, i) => i % 4 === offset);
}

describe('windows', () => {
  const exact = ['window-linear', 'window-rescaled', 'window-exact', 'lut-modality', 'lut-voi'] as const;

  test.each(exact)('%s maps as pydicom does, to the last bit', async (name) => {
    const { voi } = dicom[name];
    expect(await hashOf(gray(await opened(name), voi.range))).toBe(voi.sha256);
  });

  test('a sigmoid maps as pydicom does, to 6 decimals', async () => {
    const { voi } = dicom['window-sigmoid'];
    const values = gray(await opened('window-sigmoid'), voi.range);
    expect(await hashOf(values.map((value) => Number(value.toFixed(6))))).toBe(voi.sha256);
  });

  test('frames have windows and slopes of their own', async () => {
    for (const [frame, expected] of dicom['window-frames'].frames.entries()) {
      const values = gray(await opened('window-frames', frame), expected.range);
      expect(await hashOf(values)).toBe(expected.sha256);
    }
  });

  test('without one, the least value is black and the greatest white', async () => {
    const { array, facts } = await opened('window-none');
    expect(facts.window).toBeUndefined();
    expect(await hashOf(Array.from(array.data, Number).map(facts.modality))).toBe(dicom['window-none'].voi.sha256);
    const picture = paintFrame(array, facts, {});
    const values = Array.from(array.data, Number);
    const [least, greatest] = [Math.min(...values), Math.max(...values)];
    expect(channel(picture, 0)).toEqual([
      ...Uint8ClampedArray.from(values, (value) => ((value - least) / (greatest - least)) * 255),
    ]);
    expect(new Set(channel(picture, 3))).toEqual(new Set([255]));
  });

  test('MONOCHROME1 is inverted, and inverted again if asked', async () => {
    const { array, facts } = await opened('window-rescaled');
    const at = (index: number, invert: boolean) => channel(paintFrame(array, facts, { invert }), 0)[index];
    expect([at(0, false), at(0, true)]).toEqual([255, 0]); // the first value is the least
  });

  test('a window of one’s own', async () => {
    const { array, facts } = await opened('window-linear');
    const picture = paintFrame(array, facts, { center: 1000.5, width: 2 });
    expect(channel(picture, 1)).toEqual(
      Array.from(array.data, Number).map((value) => (value > 1000 ? 255 : value === 1000 ? 128 : 0)),
    );
    expect(() => paintFrame(array, facts, { width: 0.5 })).toThrow(/center 1900\.5 and width 0\.5/);
    expect(() => paintFrame(array, facts, { center: Number.NaN })).toThrow(RangeError);
  });

  test('many pixels give the same as few', async () => {
    const { facts } = await opened('window-rescaled');
    const data = Int16Array.from({ length: 2 ** 18 }, (_, i) => (i * 7919) & 0xffff);
    const many = paintFrame({ dtype: 'int16', shape: [512, 512, 1], data }, facts, {});
    const few = paintFrame({ dtype: 'int16', shape: [1, 512, 1], data: data.slice(0, 512) }, facts, {});
    expect(many.data.slice(0, 2048)).toEqual(few.data);
  });
});

describe('colours', () => {
  test.each(['palette-8', 'palette-16', 'palette-bytes', 'planar-ybr'] as const)(
    '%s becomes the RGB of pydicom',
    async (name) => {
      const { array, facts } = await opened(name);
      const { data, width, height } = paintFrame(array, facts, {});
      expect([height, width]).toEqual([29, 37]);
      expect(await sha256(Uint8Array.from(data.filter((_, i) => i % 4 < 3)))).toBe(dicom[name].colours);
    },
  );

  test('RGB stays as it is, and is inverted if asked', async () => {
    const { array, facts } = await opened('ls-rgb-line');
    const rgb = Array.from(array.data, Number);
    expect([...paintFrame(array, facts, {}).data].filter((_, i) => i % 4 < 3)).toEqual(rgb);
    expect([...paintFrame(array, facts, { invert: true }).data].filter((_, i) => i % 4 < 3)).toEqual(
      rgb.map((v) => 255 - v),
    );
  });

  test('palettes in segments and other colours are refused by name', async () => {
    const { array, facts } = await opened('palette-segmented');
    expect(() => paintFrame(array, facts, {})).toThrow(/segmented/);
    const rgb = await opened('ls-rgb-line');
    try {
      paintFrame(rgb.array, { ...rgb.facts, photometric: 'HSV' }, {});
      expect.unreachable();
    } catch (error) {
      expect(isDatasetError(error, 'unsupported') && error.data.feature).toBe('showing in colours of HSV');
    }
  });

  test('a table that is shorter than it says is damage', async () => {
    const bytes = await load('palette-8');
    const descriptor = bytes.findIndex((_, i) => bytes[i] === 0x28 && bytes[i + 2] === 0x01 && bytes[i + 3] === 0x11);
    new DataView(bytes.buffer).setUint16(descriptor + 8, 401, true);
    const facts = displayFacts(await readHead(byteSourceOf(bytes)), 0);
    expect(() => facts.palette()).toThrow(/expected a table of 401 values, got 400 bytes/);
  });
});

describe('heads', () => {
  /** Counts what is read of a file. */
  function counted(bytes: Bytes): ByteSource & { readonly reads: [number, number][] } {
    const reads: [number, number][] = [];
    return {
      reads,
      size: bytes.length,
      read(start, end) {
        reads.push([start, end]);
        return bytes.subarray(start, end);
      },
    };
  }

  test('of a large file only the part before the pixels is read', async () => {
    const small = await load('window-linear');
    const bytes = new Uint8Array(300_000);
    bytes.set(small);
    const source = counted(bytes);
    expect((await readHead(source)).elements.length).toBeGreaterThan(10);
    expect(source.reads).toEqual([[0, 65536]]);
  });

  test('that are longer than the first read are read on', async () => {
    const small = await load('window-linear');
    const text = String.fromCharCode(...small);
    const at = text.indexOf('\x10\0\x20\0LO');
    const comment = new Uint8Array(12 + 100_000);
    comment.set([0x10, 0, 0x10, 0x10, 0x55, 0x54, 0, 0]); // a long text (UT)
    new DataView(comment.buffer).setUint32(8, 100_000, true);
    const bytes = new Uint8Array([...small.subarray(0, at), ...comment, ...small.subarray(at)]);
    const source = counted(bytes);
    expect(displayFacts(await readHead(source), 0).window).toEqual({ center: 1900.5, width: 1500, shape: 'LINEAR' });
    expect(source.reads).toEqual([
      [0, 65536],
      [0, bytes.length],
    ]);
  });

  test('that are cut off are damage', async () => {
    const bytes = (await load('window-linear')).slice(0, 500);
    await expect(readHead(byteSourceOf(bytes))).rejects.toThrow(/cut off/);
  });
});
