/** Files that a person drops or picks, and what they are: files to keep, a zip, or the folder of a dataset. */

/** What a person gave. */
export type Picked =
  | { readonly kind: 'files'; readonly files: readonly File[]; readonly ignored: number }
  | { readonly kind: 'zip'; readonly file: File }
  | { readonly kind: 'folder'; readonly name: string; readonly files: ReadonlyMap<string, File> };

/** Files by their path; a path with a slash came out of a folder. */
export type FileTree = ReadonlyMap<string, File>;

const marker = 'dataset_meta.json'; // every Deep Lake dataset has it
const kept =
  /\.(jpe?g|jpe|jfif|png|webp|gif|bmp|dib|avif|tiff?|jp2|j2k|jpx|mpo|ico|pcx|p[bgnp]m|sgi|rgba?|bw|tga|xbm|fl[ic]|im|msp|eps|wmf|mp4|m4v|mkv|webm|avi|mp3|wav|flac|dcm|nii|nii\.gz|la[sz]|ply|stl)$/i;

/**
 * Tells what files are.
 *
 * Files named one by one are all taken, so that a wrong one is told of; of a folder only those of known names are.
 */
export function classify(tree: FileTree): Picked {
  const entries = [...tree];
  const [first] = entries;
  if (entries.length === 1 && first && /\.zip$/i.test(first[0])) return { kind: 'zip', file: first[1] };
  if (entries.some(([path]) => path === marker || path.endsWith(`/${marker}`))) {
    const [name = 'folder'] = first?.[0].split('/') ?? [];
    return { kind: 'folder', name, files: tree };
  }
  const files = entries.filter(([path]) => !isHidden(path) && (!path.includes('/') || kept.test(path)));
  files.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  return { kind: 'files', files: files.map(([, file]) => file), ignored: entries.length - files.length };
}

function isHidden(path: string): boolean {
  return /(^|\/)\./.test(path);
}

/** Opens the file dialog. Resolves with nothing when it is closed without a choice. */
export function pickFiles(options: { readonly accept?: string; readonly folder?: boolean }): Promise<FileTree> {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.className = 'file-input';
  input.tabIndex = -1;
  input.setAttribute('aria-hidden', 'true');
  if (options.accept) input.accept = options.accept;
  if (options.folder) input.webkitdirectory = true;
  document.body.append(input); // tests and some browsers want it in the page
  return new Promise((resolve) => {
    const finish = (): void => {
      input.remove();
      resolve(treeOf(input.files ?? []));
    };
    input.addEventListener('change', finish, { once: true });
    input.addEventListener('cancel', finish, { once: true });
    input.click();
  });
}

/** Files of an input by their path; of two with one name the second gets a number. */
export function treeOf(files: Iterable<File>): FileTree {
  const tree = new Map<string, File>();
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    tree.set(tree.has(path) ? `${tree.size}-${path}` : path, file);
  }
  return tree;
}

/** Reads what was dropped, folders with all that is in them. Must be called while the event is handled. */
export async function droppedFiles(transfer: DataTransfer): Promise<FileTree> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return treeOf(transfer.files);
  const tree = new Map<string, File>();
  const walk = async (entry: FileSystemEntry, folder: string): Promise<void> => {
    const path = folder + entry.name;
    if (isFile(entry)) tree.set(path, await new Promise((resolve, reject) => entry.file(resolve, reject)));
    if (isFolder(entry)) for (const child of await entriesOf(entry)) await walk(child, `${path}/`);
  };
  for (const entry of entries) await walk(entry, '');
  return tree;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // A call gives at most 100 entries; the end is an empty answer.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
