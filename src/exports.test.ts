import { describe, expect, it } from 'vitest';
import * as index from './index.js';
import * as node from './node.js';

// Every name here is a promise to users: adding or removing one is a change of the API.
describe('exported names', () => {
  it('lakelet', () => {
    expect(Object.keys(index).sort()).toEqual([
      'DatasetError',
      'bbox',
      'classLabel',
      'createDataset',
      'generic',
      'httpStore',
      'image',
      'isDatasetError',
      'openDataset',
      'read',
      'text',
      'withCache',
      'withRangeCoalescing',
    ]);
  });

  it('lakelet/node', () => {
    expect(Object.keys(node).sort()).toEqual(['folderStore']);
  });
});
