import { afterAll, describe, expect, test } from 'vitest';
import dicom from '../../e2e/fixtures/media/dicom/dicom.json' with { type: 'json' };
import { dicomSample } from '../htype/dicom-sample.js';
import { byteSourceOf } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { dcmContract } from './dcm.contract.js';
import { readDcmHeader } from './dcm-header.js';
import { createCodecPool } from './pool.js';

const pool = createCodecPool({ size: 1 });
afterAll(() => pool.close());

async function load(name: string): Promise<Bytes> {
  const response = await fetch(`/e2e/fixtures/media/dicom/${name}.dcm`);
  return new Uint8Array(await response.arrayBuffer());
}

// One of each kind of decoder; the numbers are the same everywhere.
const names = [
  'extended-12',
  'lossless-7',
  'ls-rgb-none',
  'j2k-deep-signed',
  'htj2k-12',
  'baseline-ybr',
  'float',
] as const;
dcmContract('in a worker of Chromium', Object.fromEntries(names.map((name) => [name, dicom[name]])), load, () => pool);

describe('bitmaps', () => {
  async function sampleOf(name: string) {
    const bytes = await load(name);
    const { shape, dtype } = readDcmHeader(bytes);
    const file = { compression: 'dcm', source: byteSourceOf(bytes) };
    return dicomSample(
      {
        key: 'k',
        shape,
        dtype,
        codecs: pool,
        file,
        array: ({ rows } = {}) => pool.decode('dcm', bytes, rows ? { rows } : {}),
      },
      3,
    );
  }

  test('show what window() gives', async () => {
    const sample = await sampleOf('window-rescaled');
    const [bitmap, picture] = [await sample.toBitmap(), await sample.window()];
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    bitmap.close();
    expect([canvas.width, canvas.height]).toEqual([37, 29]);
    expect(context?.getImageData(0, 0, 37, 29).data).toEqual(picture.data);
  });

  test('are made smaller, and never larger', async () => {
    const sample = await sampleOf('planar');
    const sizes = [];
    for (const options of [{ maxWidth: 20 }, { maxHeight: 10, frame: 1 }, { maxWidth: 1000 }]) {
      const bitmap = await sample.toBitmap(options);
      sizes.push([bitmap.width, bitmap.height]);
      bitmap.close();
    }
    expect(sizes).toEqual([
      [20, 16],
      [13, 10],
      [37, 29],
    ]);
  });
});
