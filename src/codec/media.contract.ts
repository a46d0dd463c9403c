import { describe, expect, test } from 'vitest';
import type { Bytes } from '../util/bytes.js';
import type { CodecPool } from './pool.js';
import { requireCodec } from './table.js';

/** What Pillow reads from a file of e2e/fixtures/media. */
export interface MediaFile {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
  readonly exif?: Readonly<Record<string, unknown>>;
}

/** SHA-256 of bytes, in hexadecimal. */
export async function sha256(bytes: Bytes): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The compression of a test file, by its extension. */
export function compressionOf(name: string): 'jpeg' | 'png' {
  return name.endsWith('.png') ? 'png' : 'jpeg';
}

/** Tests that a pool reads every media file as Pillow does. */
export function mediaContract(
  title: string,
  media: Readonly<Record<string, MediaFile>>,
  load: (name: string) => Promise<Bytes>,
  pool: () => CodecPool,
): void {
  describe(title, () => {
    test.each(Object.entries(media))('%s has the values that Pillow reads', async (name, expected) => {
      const bytes = await load(name);
      const array = await pool().decode(compressionOf(name), bytes);
      const raw = new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength);
      expect({ shape: array.shape, dtype: array.dtype, sha256: await sha256(raw) }).toEqual({
        shape: expected.shape,
        dtype: expected.dtype,
        sha256: expected.sha256,
      });
    });

    test.each(Object.entries(media))('%s has a header that tells them', async (name, expected) => {
      const readHeader = await requireCodec(compressionOf(name)).loadHeader?.();
      const { colors, ...header } = (await readHeader?.(await load(name))) ?? {};
      expect(typeof colors).toBe(
        /^(cmyk|ycck)/.test(name) ? 'string' : name.startsWith('palette') ? 'object' : 'undefined',
      );
      expect(header).toEqual({
        shape: expected.shape,
        dtype: expected.dtype,
        info: { exif: expected.exif ?? {} },
      });
    });
  });
}
