/** The dataset of the demo: one in this browser, created with the first file. */
import {
  bbox,
  type CodecPool,
  classLabel,
  createDataset,
  type Dataset,
  image,
  isDatasetError,
  openDataset,
  text,
} from '../src/index.js';
import { deleteIdb } from '../src/stores.js';
import type { Destination } from './file-kinds.js';

/** Name of the dataset, also of its folder in a zip. */
export const photosName = 'photos';

/** Where it lies. */
export const photosAddress = `idb://${photosName}`;

/** The tensors that it begins with. Those of other files follow: see {@link prepareTensors}. */
export const photoSchema = {
  images: image({ sampleCompression: 'jpeg' }),
  labels: classLabel(),
  boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' } }),
  captions: text(),
};

/** The dataset, typed. */
export type PhotoDataset = Dataset<typeof photoSchema>;

/** Class names that the sample photos start with. */
export const sampleClassNames: readonly string[] = ['sun', 'house', 'boat', 'tree', 'fruit'];

const BRANCH_KEY = 'lakelet-branch';

/** The branch that was open last in this browser. */
export function lastBranch(): string {
  try {
    return localStorage.getItem(BRANCH_KEY) ?? 'main';
  } catch {
    return 'main'; // where storage is forbidden
  }
}

/** Keeps which branch is open, for the next time. */
export function rememberBranch(name: string): void {
  try {
    localStorage.setItem(BRANCH_KEY, name);
  } catch {
    // The next page begins with the main branch then.
  }
}

/** What {@link openPhotos} found. */
export interface OpenedPhotos {
  /** Undefined when there is none yet. */
  readonly dataset: PhotoDataset | undefined;
  /** Whether another tab writes to it; it is then open for reading. */
  readonly isLocked: boolean;
}

/**
 * Opens the dataset for writing, at the branch that was open last, or for reading when another tab writes.
 *
 * @throws {DatasetError} `schema-mismatch`, `corrupt`, `storage`
 */
export async function openPhotos(codecs: CodecPool, branch = lastBranch()): Promise<OpenedPhotos> {
  const options = { schema: photoSchema, codecs, at: branch };
  try {
    return { dataset: await openDataset(photosAddress, { ...options, mode: 'rw' }), isLocked: false };
  } catch (error) {
    if (isDatasetError(error, 'not-found') && branch !== 'main') return openPhotos(codecs, 'main');
    if (isDatasetError(error, 'not-found')) return { dataset: undefined, isLocked: false };
    const isLocked = isDatasetError(error, 'read-only') && error.data.reason === 'locked';
    if (!isLocked) throw error;
  }
  try {
    return { dataset: await openDataset(photosAddress, options), isLocked: true };
  } catch (error) {
    if (isDatasetError(error, 'not-found')) return { dataset: undefined, isLocked: true };
    throw error;
  }
}

/** Creates the dataset without rows. @throws {DatasetError} `exists`, `read-only`, `storage` */
export function createPhotos(codecs: CodecPool): Promise<PhotoDataset> {
  return createDataset(photosAddress, photoSchema, { codecs });
}

/** Makes the tensors of files, where they are missing, and gives all tensors the same length. @throws {DatasetError} */
export async function prepareTensors(
  dataset: PhotoDataset,
  destinations: readonly (Destination | undefined)[],
): Promise<void> {
  for (const wanted of destinations) {
    if (!wanted || dataset.tensors.includes(wanted.name)) continue;
    await dataset.createTensor(wanted.name, wanted.options);
  }
  // Also those that a tab was killed over.
  const tensors = await Promise.all(dataset.tensors.map((name) => dataset.loadTensor(name)));
  const rows = Math.max(...tensors.map(({ length }) => length));
  for (const tensor of tensors)
    if (tensor.length < rows) await tensor.extend(Array.from({ length: rows - tensor.length }, () => null));
}

/** Deletes the dataset and all that is in it. @throws {DatasetError} `storage` */
export async function deletePhotos(dataset: PhotoDataset | undefined): Promise<void> {
  await dataset?.close();
  await deleteIdb(photosName);
}
