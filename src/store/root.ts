import { DatasetError } from '../errors.js';

// Deep Lake writes it for every dataset; older commits have one each, deeper in the folder.
const marker = 'dataset_meta.json';

/**
 * Finds the folder of the dataset among the files of a zip or of a picked folder.
 *
 * It is the highest folder that holds `dataset_meta.json`; '' when that is the top, or when there is none at all.
 *
 * @returns a prefix of names: '' or a path that ends with a slash.
 * @throws {DatasetError} `unsupported` when several folders on the same level hold a dataset.
 */
export function findRoot(names: Iterable<string>, where: string): string {
  let roots: string[] = [];
  let depth = Number.POSITIVE_INFINITY;
  for (const name of names) {
    if (name !== marker && !name.endsWith(`/${marker}`)) continue;
    const level = name.split('/').length;
    if (level > depth) continue;
    if (level < depth) roots = [];
    depth = level;
    roots.push(name.slice(0, -marker.length));
  }
  const [root = ''] = roots;
  if (roots.length <= 1) return root;
  const found = roots.map((folder) => folder.slice(0, -1)).join(', ');
  throw new DatasetError(
    'unsupported',
    `${where} holds ${roots.length} datasets. Choose one with the option root: ${found}.`,
    {
      feature: 'several datasets in one place',
    },
  );
}

/** The prefix of names that the option `root` means: a folder with or without a slash, or '' for the top. */
export function rootPrefix(root: string): string {
  return root === '' || root.endsWith('/') ? root : `${root}/`;
}
