import { describe, expect, it } from 'vitest';
import * as annotations from './annotations.js';
import * as index from './index.js';
import * as node from './node.js';
import * as repair from './repair.js';
import * as stores from './stores.js';

// Every name here is a promise to users: adding or removing one is a change of the API.
describe('exported names', () => {
  it('lakelet', () => {
    expect(Object.keys(index).sort()).toEqual([
      'Dataset',
      'DatasetError',
      'FileSample',
      'ImageSample',
      'MediaSample',
      'Tensor',
      'View',
      'audio',
      'bbox',
      'bbox3d',
      'binaryMask',
      'classLabel',
      'createCodecPool',
      'createDataset',
      'dicom',
      'embedding',
      'generic',
      'image',
      'imageGray',
      'imageRgb',
      'instanceLabel',
      'intrinsics',
      'isDatasetError',
      'json',
      'keypointsCoco',
      'link',
      'list',
      'mesh',
      'nifti',
      'openDataset',
      'openStore',
      'point',
      'pointCloud',
      'polygon',
      'read',
      'registerHtype',
      'segmentMask',
      'sequence',
      'tag',
      'text',
      'video',
    ]);
  });

  it('lakelet/annotations', () => {
    expect(Object.keys(annotations).sort()).toEqual([
      'convertBoxes',
      'countClasses',
      'guessBoxCoords',
      'mergeClasses',
      'projectBoxes3d',
      'renameClass',
      'verticesFromBoxes3d',
    ]);
  });

  it('lakelet/repair', () => {
    expect(Object.keys(repair).sort()).toEqual(['repair', 'verify']);
  });

  it('lakelet/stores', () => {
    expect(Object.keys(stores).sort()).toEqual([
      'blobFolderStore',
      'deleteIdb',
      'estimateStorage',
      'httpStore',
      'idbStore',
      'memoryStore',
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
