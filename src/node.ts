/**
 * lakelet in Node: datasets in folders on disk, as Deep Lake in Python reads and writes them.
 *
 * @example
 * import { openDataset } from 'lakelet';
 * import { folderStore } from 'lakelet/node';
 *
 * await using ds = await openDataset(folderStore('./pets'));
 *
 * @module
 */
export { folderStore } from './store/folder.js';
