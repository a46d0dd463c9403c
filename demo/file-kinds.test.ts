import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { destinationsOf, kindOf } from './file-kinds.js';

const media = (path: string, name = path.split('/').pop() ?? path): File =>
  new File([readFileSync(new URL(`../e2e/fixtures/media/${path}`, import.meta.url))], name);
const { signal } = new AbortController();

describe('destinationsOf', () => {
  it('goes by the first bytes for pictures, whatever their name', async () => {
    const files = [media('rgb-420.jpg', 'photo.png'), media('rgb-8.png', 'photo'), media('lib/rgb.tiff')];
    const found = await destinationsOf(files, signal);
    expect(found.map((each) => each?.name)).toEqual(['images', 'images_png', 'images_tiff']);
  });

  it('gives files of more axes a tensor of their own', async () => {
    const files = [
      media('int16.nii'),
      media('uint8-4d.nii.gz'),
      media('dicom/window-frames.dcm'),
      media('implicit.dcm'),
    ];
    const found = await destinationsOf(files, signal);
    expect(found.map((each) => each?.name)).toEqual(['volumes_nii', 'volumes_nii_gz_4d', 'scans_4d', 'scans']);
  });

  it('leaves what it does not know, and what is damaged, to be told of later', async () => {
    const files = [new File(['words'], 'notes.txt'), new File([], 'empty.jpg'), new File(['x'], 'broken.dcm')];
    const found = await destinationsOf(files, signal);
    expect(found.map((each) => each?.name)).toEqual([undefined, undefined, 'scans']);
  });

  it('stops when it is told to', async () => {
    await expect(destinationsOf([media('int16.nii')], AbortSignal.abort(new Error('no more')))).rejects.toThrow(
      'no more',
    );
  });
});

describe('kindOf', () => {
  it('knows what sequences hold, and colours and grays', () => {
    expect(kindOf('sequence[video]')).toBe('video');
    expect(kindOf('image.gray')).toBe('image');
    expect(kindOf('class_label')).toBeUndefined();
    expect(kindOf('link[image]')).toBeUndefined();
  });
});
