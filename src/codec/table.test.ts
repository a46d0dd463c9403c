import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { canonicalCompression, codecEntry, compressions, requireCodec } from './table.js';

describe('table', () => {
  test('holds every compression name of the format with its kind', () => {
    expect([...compressions.keys()].sort()).toEqual(
      (
        'avi bmp dcm dib eps fli flac gif ico im jpeg jpeg2000 las lz4 mkv mp3 mp4 mpo msp nii nii.gz pcx ply png ppm ' +
        'sgi stl tga tiff wav webp wmf xbm'
      )
        .split(' ')
        .sort(),
    );
    expect(compressions.get('lz4')).toBe('bytes');
    expect(compressions.get('webp')).toBe('image');
    expect(compressions.get('nii.gz')).toBe('volume');
  });

  test('agrees with its entries on kinds', () => {
    for (const [name, kind] of compressions) expect(codecEntry(name)?.kind ?? kind).toBe(kind);
  });

  test('resolves aliases', () => {
    expect(['jpg', 'tif', 'jp2', 'png'].map(canonicalCompression)).toEqual(['jpeg', 'tiff', 'jpeg2000', 'png']);
  });

  test('names the compression that has no codec', () => {
    for (const name of ['zstd']) {
      expect(codecEntry(name)).toBeUndefined();
      expect(() => requireCodec(name)).toThrow(`"${name}"`);
      try {
        requireCodec(name);
      } catch (error) {
        expect(isDatasetError(error, 'unsupported')).toBe(true);
      }
    }
  });

  test.each(['lz4', 'jpeg', 'png'])('loads %s', async (name) => {
    const entry = requireCodec(name);
    expect((await entry.load({})).encode).toBeTypeOf('function');
    expect(entry.loadHeader === undefined).toBe(entry.kind === 'bytes');
  });
});
