import { describe, expect, it } from 'vitest';
import { blobFolderStore } from './blob-folder.js';
import { keysOf, storeContract, testBytes } from './store.contract.js';

storeContract(
  'blob folder',
  async (values) => blobFolderStore(new Map([...values].map(([key, bytes]) => [`pets/${key}`, new Blob([bytes])]))),
  { list: true, write: false },
);

function picked(path: string): File {
  const file = new File([testBytes(path.length)], path.slice(path.lastIndexOf('/') + 1));
  return Object.defineProperty(file, 'webkitRelativePath', { value: path });
}

describe('blobFolderStore', () => {
  it('finds the dataset in a picked folder, above those of its commits', async () => {
    const paths = ['x/readme', 'x/y/versions/1/dataset_meta.json', 'x/y/dataset_meta.json', 'x/y/a/chunks/1', 'x/yz'];
    const store = blobFolderStore(paths.map(picked));
    expect(await keysOf(store, '')).toEqual(['a/chunks/1', 'dataset_meta.json', 'versions/1/dataset_meta.json']);
    expect(await store.getRange('a/chunks/1', 2, 4)).toEqual(testBytes(14).slice(2, 4));
    expect(store.address).toBe('folder x/y');
  });

  it('takes the folder that it is told', async () => {
    const files = ['a/dataset_meta.json', 'b/dataset_meta.json'].map(picked);
    expect(() => blobFolderStore(files)).toThrow(/root: a, b/);
    expect(await keysOf(blobFolderStore(files, { root: 'b' }), '')).toEqual(['dataset_meta.json']);
    expect(await keysOf(blobFolderStore(files, { root: '' }), '')).toEqual([
      'a/dataset_meta.json',
      'b/dataset_meta.json',
    ]);
  });

  it('tells of a file that cannot be read any more', async () => {
    const gone = new Blob([testBytes(5)]);
    gone.slice = () => {
      throw new DOMException('gone', 'NotReadableError');
    };
    const store = blobFolderStore(new Map([['a', gone]]));
    await expect(store.get('a')).rejects.toMatchObject({ code: 'storage', data: { reason: 'failed', key: 'a' } });
  });
});
