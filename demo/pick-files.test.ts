import { describe, expect, it } from 'vitest';
import { classify } from './pick-files.js';

const tree = (...paths: string[]) => new Map(paths.map((path) => [path, new File([], path.split('/').pop() ?? '')]));

describe('classify', () => {
  it('takes all files named one by one, in the order a person counts', () => {
    const picked = classify(tree('photo10.jpg', 'photo9.jpg', 'notes.txt'));
    expect(picked.kind === 'files' && picked.files.map(({ name }) => name)).toEqual([
      'notes.txt',
      'photo9.jpg',
      'photo10.jpg',
    ]);
  });

  it('takes only the files of a folder whose names are known', () => {
    const picked = classify(tree('trip/a.JPG', 'trip/b.nii.gz', 'trip/readme.md', 'trip/.DS_Store'));
    expect(picked).toMatchObject({ kind: 'files', ignored: 2 });
  });

  it('knows a zip, and the folder of a dataset however deep', () => {
    expect(classify(tree('pets.zip')).kind).toBe('zip');
    expect(classify(tree('pets/dataset_meta.json', 'pets/images/x.jpg'))).toMatchObject({
      kind: 'folder',
      name: 'pets',
    });
  });

  it('takes two zips for files', () => {
    expect(classify(tree('a.zip', 'b.zip')).kind).toBe('files');
  });
});
