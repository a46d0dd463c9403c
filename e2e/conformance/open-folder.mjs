/** Opens what the command line names: a dataset folder, or a zip of one. */
import { openAsBlob, statSync } from 'node:fs';
import { folderStore } from '../../dist/node.js';
import { library } from './library.mjs';

/** @param path - a folder, or a file that is a zip. */
export async function openPath(path) {
  return statSync(path).isFile() ? library.zipStore(await openAsBlob(path)) : folderStore(path);
}
