import { describe, expect, it } from 'vitest';
import * as index from './index.js';
import * as node from './node.js';
import * as stores from './stores.js';

// Every name here is a promise to users: adding or removing one is a change of the API.
describe('exported names', () => {
  it('lakelet', () => {
    expect(Object.keys(index).sort()).toEqual([
      'Dataset',
      'DatasetError',
      'FileSample',
      'ImageSample',
      'Tensor',
      'View',
      'bbox',
      'classLabel',
      'createCodecPool',
      'createDataset',
      'generic',
      'image',
      'isDatasetError',
      'json',
      'memoryStore',
      'openDataset',
      'openStore',
      'read',
      'sequence',
      'text',
    ]);
  });

  it('lakelet/stores', () => {
    expect(Object.keys(stores).sort()).toEqual([
      'blobFolderStore',
      'deleteIdb',
      'estimateStorage',
      'httpStore',
      'idbStore',
      'requestPersistence',
      'storeToZip',
      'withCache',
      'withPrefix',
      'withRangeCoalescing',
      'withStats',
      'zipStore',
      'zipStream',
    ]);
  });

  it('lakelet/node', () => {
    expect(Object.keys(node).sort()).toEqual(['folderStore']);
  });
});
