import { describe, expect, test } from 'vitest';
import { bytesFromNdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { sha256 } from './media.contract.js';
import type { CodecPool } from './pool.js';
import { requireCodec } from './table.js';

/** What e2e/fixtures/make_volume_expectations.py tells of a file. */
export interface VolumeFile {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
}

/** The compression of a test file, by its extension. */
export function volumeCompression(name: string): string {
  return name.replace(/^[^.]*\./, '');
}

/** Tests that a pool decodes every sound, volume, cloud and mesh to the values computed apart from the library. */
export function volumesContract(
  title: string,
  files: Readonly<Record<string, VolumeFile>>,
  load: (name: string) => Promise<Bytes>,
  pool: () => CodecPool,
): void {
  describe(title, () => {
    test.each(Object.entries(files))('%s has the values that were computed', async (name, expected) => {
      const compression = volumeCompression(name);
      const bytes = await load(name);
      const array = await pool().decode(compression, bytes);
      const { dtype, shape } = array;
      expect({ shape, dtype, sha256: await sha256(bytesFromNdArray(array)) }).toEqual(expected);
      const header = (await requireCodec(compression).loadHeader?.())?.(bytes);
      // A length that no header tells is recorded as 0.
      expect(header?.shape).toEqual(name === 'piped.flac' ? [0, 2] : shape);
    });
  });
}
