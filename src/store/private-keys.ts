/** Folder, in each store, of what is kept beside a dataset: no part of the format, and of no copy of the dataset. */
const privateFolder = '.lakelet/';

/** Folder of the steps that can be undone on an open head. @param head - its id; all of them when left out */
export function undoFolder(head?: string): string {
  return `${privateFolder}undo/${head === undefined ? '' : `${head}/`}`;
}

// In a folder of the store a dataset may lie, or a group of tensors that has such a name.
const undoFile = /\/\.lakelet\/undo\/[^/]+\/(steps\.json|\d+)$/;

/** Whether a key lies in the private folder of the store, or holds steps of a dataset in a folder of it. */
export function isPrivateKey(key: string): boolean {
  return key.startsWith(privateFolder) || undoFile.test(key);
}
