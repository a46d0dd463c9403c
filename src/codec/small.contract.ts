import { describe, expect, test } from 'vitest';
import type { Bytes } from '../util/bytes.js';
import { sha256 } from './media.contract.js';
import type { CodecPool } from './pool.js';
import { requireCodec } from './table.js';
import type { FileColors } from './types.js';

/** What Pillow reads from a file of e2e/fixtures/media/small. */
export interface SmallFile {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
  /** SHA-256 of the 256 colours of its palette; the missing ones are a ramp of grays. */
  readonly palette?: string;
  /** Whether our writer makes the same bytes of the values. */
  readonly written?: boolean;
}

/** The compression of a test file, by its extension. */
export function formatOf(name: string): string {
  return name.replace(/^.*\./, '');
}

/** Tests that a pool reads every file as Pillow does, and writes what Pillow writes. */
export function smallContract(
  title: string,
  files: Readonly<Record<string, SmallFile>>,
  load: (name: string) => Promise<Bytes>,
  pool: () => CodecPool,
): void {
  describe(title, () => {
    test.each(Object.entries(files))('%s has the values that Pillow reads', async (name, expected) => {
      const bytes = await load(name);
      const array = await pool().decode(formatOf(name), bytes);
      const raw = new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength);
      const { shape, dtype } = expected;
      expect({ shape: array.shape, dtype: array.dtype, sha256: await sha256(raw) }).toEqual({
        shape,
        dtype,
        sha256: expected.sha256,
      });
      const readHeader = await requireCodec(formatOf(name)).loadHeader?.();
      const { colors, ...header } = readHeader?.(bytes) ?? {};
      expect(header).toEqual({ shape, dtype, info: { exif: {} } });
      if (name.includes('cmyk')) expect(colors).toBe('cmyk');
      else if (expected.palette === undefined) expect(colors).toBeUndefined();
      else expect(await sha256(whole(colors))).toBe(expected.palette);
    });

    const written = Object.keys(files).filter((name) => files[name]?.written);
    test.each(written)('%s is written as Pillow writes it', async (name) => {
      const bytes = await load(name);
      const array = await pool().decode(formatOf(name), bytes);
      expect(await pool().encode(formatOf(name), array)).toEqual(bytes);
    });
  });
}

function whole(colors: FileColors = new Uint8Array(0)): Bytes {
  if (colors === 'cmyk') throw new TypeError('inks are no palette');
  const all = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  all.set(colors);
  return all;
}
