import type { Bytes } from '../util/bytes.js';
import { checkKey, checkRange } from './check.js';
import { storageFailure } from './failure.js';
import { findRoot, rootPrefix } from './root.js';
import type { CallOptions, ListableStore } from './types.js';

/** Options of {@link blobFolderStore}. */
export interface BlobFolderOptions {
  /** Folder of the dataset; found by its `dataset_meta.json` when left out. */
  readonly root?: string;
}

/** Files by their path, or what a file input gives for a folder (`webkitdirectory`). */
export type BlobFolder = ReadonlyMap<string, Blob> | Iterable<File>;

/**
 * Makes a read-only store of files that a person dropped or picked.
 *
 * Nothing is read before it is asked for. A dataset in a sub-folder is found.
 *
 * @throws {DatasetError} `unsupported` when several datasets lie side by side and `root` names none.
 */
export function blobFolderStore(files: BlobFolder, options: BlobFolderOptions = {}): ListableStore {
  const all =
    files instanceof Map ? files : new Map([...(files as Iterable<File>)].map((file) => [pathOf(file), file]));
  const root = options.root === undefined ? findRoot(all.keys(), 'The folder') : rootPrefix(options.root);
  const blobs = new Map<string, Blob>();
  for (const [path, blob] of all) if (path.startsWith(root)) blobs.set(path.slice(root.length), blob);
  const address = `folder ${root.slice(0, -1)}`.trim();

  const read = async (key: string, start: number, end: number, call?: CallOptions): Promise<Bytes | undefined> => {
    checkKey(key);
    call?.signal?.throwIfAborted();
    const blob = blobs.get(key);
    try {
      const bytes = blob && new Uint8Array(await blob.slice(start, Math.min(end, blob.size)).arrayBuffer());
      call?.signal?.throwIfAborted();
      return bytes;
    } catch (error) {
      call?.signal?.throwIfAborted();
      throw storageFailure(`Reading ${key} from ${address} (was the file changed or moved?)`, error, key);
    }
  };

  return {
    address,
    get: (key, call) => read(key, 0, Number.POSITIVE_INFINITY, call),
    async getRange(key, start, end, call) {
      checkRange(start, end);
      return read(key, start, end, call);
    },
    async *list(prefix, call) {
      for (const key of blobs.keys()) {
        call?.signal?.throwIfAborted();
        if (key.startsWith(prefix)) yield key;
      }
    },
  };
}

function pathOf(file: File): string {
  return file.webkitRelativePath || file.name;
}
