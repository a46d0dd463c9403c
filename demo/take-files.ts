/** Takes files that a person picks, or drops anywhere on the page: photos to add, or a dataset to look at. */
import type { Store } from '../src/index.js';
import { blobFolderStore, zipStore } from '../src/stores.js';
import { required } from './element.js';
import { formatNumberOf } from './format-text.js';
import { classify, droppedFiles, type FileTree, pickFiles } from './pick-files.js';

/** What becomes of the files. */
export interface FileUses {
  /** Runs what a person asked for, and tells when it fails. */
  guarded(work: () => Promise<unknown>): void;
  addPhotos(files: readonly File[]): Promise<void>;
  openGuest(name: string, open: () => Store | Promise<Store>): Promise<void>;
  tell(text: string): void;
}

/** Opens the file dialog, each for another kind of files. */
export interface FileTaker {
  pickPhotos(): void;
  openArchive(): void;
  openFolder(): void;
}

/** Takes files that are dropped from now on, and gives the actions that pick others. */
export function createFileTaker(uses: FileUses): FileTaker {
  const take = async (tree: FileTree): Promise<void> => {
    const picked = classify(tree);
    if (picked.kind === 'zip') return uses.openGuest(picked.file.name, () => zipStore(picked.file));
    if (picked.kind === 'folder') return uses.openGuest(picked.name, () => blobFolderStore(picked.files));
    if (picked.ignored > 0) uses.tell(`${formatNumberOf(picked.ignored, 'file')} left out: of no kind that is kept.`);
    return uses.addPhotos(picked.files);
  };
  const pick = async (options: { readonly accept?: string; readonly folder?: boolean }): Promise<void> => {
    const tree = await pickFiles(options);
    if (tree.size > 0) uses.guarded(() => take(tree));
  };
  acceptDrops((files) => uses.guarded(async () => take(await files)));
  return {
    pickPhotos: () => void pick({}),
    openArchive: () => void pick({ accept: '.zip,application/zip' }),
    openFolder: () => void pick({ folder: true }),
  };
}

/** Shows the veil while files are over the page, and gives those that are dropped. */
function acceptDrops(take: (files: Promise<FileTree>) => void): void {
  const veil = required('#drop-veil', HTMLElement);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  let depth = 0; // dragenter and dragleave come for every element on the way
  addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    depth++;
    veil.classList.add('shown');
  });
  addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) veil.classList.remove('shown');
  });
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    depth = 0;
    veil.classList.remove('shown');
    const { dataTransfer } = event;
    if (!dataTransfer || !hasFiles(event)) return;
    event.preventDefault();
    take(droppedFiles(dataTransfer));
  });
}
