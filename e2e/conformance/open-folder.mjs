/** Opens what the command line names: a dataset folder, or a zip of one. */
import { openAsBlob, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { folderStore } from '../../dist/node.js';
import { library } from './library.mjs';

/** @param path - a folder, or a file that is a zip. */
export async function openPath(path) {
  return statSync(path).isFile() ? library.zipStore(await openAsBlob(path)) : folderStore(path);
}

/** Gets the targets of links that are paths: relative to the folder that holds the dataset. Addresses are not fetched. */
export function linksBeside(path) {
  const beside = dirname(resolve(path));
  return ({ path: target }) => {
    const file = resolve(beside, target);
    if (/^[a-z][a-z0-9+.-]+:/i.test(target) || !file.startsWith(beside + sep)) return new Response('', { status: 404 });
    return openAsBlob(file).catch(() => new Response('', { status: 404 }));
  };
}
