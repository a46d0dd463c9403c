import { describe, expect, test } from 'vitest';
import { bytesFromNdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { sha256 } from './media.contract.js';
import type { CodecPool } from './pool.js';
import { requireCodec } from './table.js';

/** What e2e/fixtures/make_dicom_media.py tells of a file: the array that other decoders read. */
export interface DicomMedia {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
}

/** Tests that a pool decodes every DICOM file to the values of pydicom, dcmtk, gdcm or OpenJPH. */
export function dcmContract(
  title: string,
  files: Readonly<Record<string, DicomMedia>>,
  load: (name: string) => Promise<Bytes>,
  pool: () => CodecPool,
): void {
  describe(title, () => {
    test.each(Object.entries(files))('%s has the values of other decoders', async (name, expected) => {
      const bytes = await load(name);
      const array = await pool().decode('dcm', bytes);
      const { shape, dtype } = array;
      expect({ shape, dtype, sha256: await sha256(bytesFromNdArray(array)) }).toEqual({
        shape: expected.shape,
        dtype: expected.dtype,
        sha256: expected.sha256,
      });
      const header = (await requireCodec('dcm').loadHeader?.())?.(bytes);
      expect(header).toMatchObject({ shape, dtype });
    });

    test.each(Object.entries(files))('parts of %s are those of the whole', async (name) => {
      const bytes = await load(name);
      const whole = await pool().decode('dcm', bytes);
      const [length = 0, ...rest] = whole.shape;
      const stride = whole.data.length / length;
      for (const rows of [
        [1, 2],
        [0, 1],
        [length - 1, length + 5],
        [length, length + 1],
      ] as const) {
        const part = await pool().decode('dcm', bytes, { rows });
        const [from, to] = [rows[0], Math.min(rows[1], length)];
        expect(part).toEqual({
          ...whole,
          shape: [to - from, ...rest],
          data: whole.data.slice(from * stride, to * stride),
        });
      }
    });
  });
}
