import { readFile } from 'node:fs/promises';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { readDcmHeader } from '../codec/dcm-header.js';
import { createCodecPool } from '../codec/pool.js';
import type { Codecs, DecodeHint } from '../codec/types.js';
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import { byteSourceOf } from '../util/byte-source.js';
import { noCodecs } from './context.contract.js';
import { type DicomSample, dicomSample } from './dicom-sample.js';
import { MediaSample } from './media-sample.js';
import type { OutputOf } from './schema.js';

const folder = new URL('../../e2e/fixtures/media/dicom/', import.meta.url);
const pool = createCodecPool();

/** A sample of a file, and the parts that were decoded of it. */
async function sampleOf(name: string): Promise<{ sample: DicomSample; decoded: DecodeHint['rows'][] }> {
  const bytes = new Uint8Array(await readFile(new URL(`${name}.dcm`, folder)));
  const { shape, dtype } = readDcmHeader(bytes);
  const decoded: DecodeHint['rows'][] = [];
  const codecs: Codecs = pool;
  const sample = dicomSample(
    {
      key: 'scans/chunks/1',
      shape,
      dtype,
      codecs,
      file: { compression: 'dcm', source: byteSourceOf(bytes) },
      array({ rows, signal } = {}) {
        decoded.push(rows);
        return codecs.decode('dcm', bytes, rows ? { rows } : {}, signal && { signal });
      },
    },
    3,
  );
  return { sample, decoded };
}

function rawSample(array: NdArray | undefined): DicomSample {
  const { shape, dtype } = array ?? { shape: [0], dtype: 'uint8' as const };
  const empty: NdArray = { dtype, shape, data: new Uint8Array(0) };
  return dicomSample({ key: 'k', shape, dtype, codecs: noCodecs, file: undefined, array: () => array ?? empty }, 3);
}

test('Node has no bitmaps, and says what there is', async () => {
  const { sample } = await sampleOf('ls-rgb-line');
  await expect(sample.toBitmap()).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(/bitmaps.*Use window/),
  });
});

describe('frames', () => {
  test('only those that are asked for are decoded', async () => {
    const { sample, decoded } = await sampleOf('lossless-12-cut');
    const part = await sample.frames({ start: 1, end: 2 });
    expect(decoded).toEqual([[1, 2]]);
    const whole = await sample.array();
    expect(part).toEqual({ ...whole, shape: [1, 29, 37, 1], data: whole.data.slice(29 * 37, 2 * 29 * 37) });
    expect((await sample.frames({ start: 2, end: 9 })).shape).toEqual([1, 29, 37, 1]);
    expect((await sample.frames()).shape).toEqual([3, 29, 37, 1]);
  });

  test('a file of one frame has it as the first', async () => {
    const { sample } = await sampleOf('ls-rgb-line');
    const whole = await sample.array();
    expect(await sample.frames()).toEqual({ ...whole, shape: [1, 29, 37, 3] });
    expect(await sample.frames({ start: 1 })).toEqual({ ...whole, shape: [0, 29, 37, 3], data: new Uint8Array(0) });
    await expect(sample.frames({ start: 2, end: 1 })).rejects.toThrow(RangeError);
  });

  test('raw arrays have frames, too', async () => {
    const data = Int16Array.from({ length: 24 }, (_, i) => i);
    const sample = rawSample({ dtype: 'int16', shape: [2, 3, 4, 1], data });
    expect(await sample.frames({ start: 1 })).toEqual({ dtype: 'int16', shape: [1, 3, 4, 1], data: data.slice(12) });
    const flat = rawSample({ dtype: 'int16', shape: [6, 4], data });
    expect((await flat.frames()).shape).toEqual([1, 6, 4, 1]);
  });
});

describe('window', () => {
  test('shows the frame that is asked for, by its own window', async () => {
    const { sample, decoded } = await sampleOf('window-frames');
    const [first, second] = [await sample.window(), await sample.window({ frame: 1 })];
    expect(decoded).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect([first.width, first.height, first.data.length]).toEqual([37, 29, 37 * 29 * 4]);
    expect(second.data).not.toEqual(first.data);
    await expect(sample.window({ frame: 2 })).rejects.toThrow('The sample has 2 frames, got frame 2.');
  });

  test('of raw pixels goes from the least to the greatest value', async () => {
    const gray = rawSample({ dtype: 'int16', shape: [1, 3, 1], data: Int16Array.of(-100, 0, 100) });
    expect([...(await gray.window()).data]).toEqual([0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255]);
    const rgb = rawSample({ dtype: 'uint8', shape: [1, 1, 3], data: Uint8Array.of(1, 2, 3) });
    expect([...(await rgb.window()).data]).toEqual([1, 2, 3, 255]);
    expect([...(await gray.window({ center: 100, width: 1 })).data.slice(4)]).toEqual([
      0, 0, 0, 255, 255, 255, 255, 255,
    ]);
  });

  test('of an empty sample is refused', async () => {
    await expect(rawSample(undefined).window()).rejects.toThrow('The sample has 0 frames, got frame 0.');
  });

  test('names the key of a file that cannot be shown', async () => {
    const { sample } = await sampleOf('palette-segmented');
    const failure = await sample.window().catch((error: unknown) => error);
    expect(isDatasetError(failure, 'unsupported') && failure.message).toMatch(/key scans\/chunks\/1.*segmented/);
  });

  test('stops when it is told to', async () => {
    const { sample } = await sampleOf('window-frames');
    const reason = new Error('enough');
    await expect(sample.window({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('tags', () => {
  test('are the elements ahead of the pixels, as the companion records them', async () => {
    const { sample, decoded } = await sampleOf('window-linear');
    const tags = await sample.tags();
    expect(tags.PatientName).toEqual({
      name: "Patient's Name",
      tag: '(0010, 0010)',
      value: [{ Alphabetic: 'Doe^Jane' }],
      vr: 'PN',
    });
    expect(tags.WindowCenter?.value).toEqual([1900.5, 40]);
    expect(tags.Rows?.value).toBe(29);
    expect(tags.PixelData).toBeUndefined();
    const file = await sample.encoded();
    expect(file && readDcmHeader(file.bytes).info).toEqual(tags);
    expect(decoded).toEqual([]);
  });

  test('raw pixels have none', async () => {
    const failure = await rawSample({ dtype: 'uint8', shape: [1, 1, 1], data: Uint8Array.of(1) })
      .tags()
      .catch((error: unknown) => error);
    expect(isDatasetError(failure, 'unsupported') && failure.data.feature).toBe('elements of raw pixels');
  });
});

test('a dicom tensor gives such samples', async () => {
  const { sample } = await sampleOf('int8');
  expect(sample).toBeInstanceOf(MediaSample);
  expectTypeOf<OutputOf<{ htype: 'dicom' }>>().toEqualTypeOf<DicomSample>();
});
