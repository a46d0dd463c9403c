/** Puts picked files into the dataset: goes on after a file that cannot be read, and can be stopped. */
import { type ImageInput, isDatasetError, read } from '../src/index.js';
import { messageOf } from './format-text.js';
import type { PhotoDataset } from './photo-dataset.js';

/** How far it has come. */
export interface IngestProgress {
  /** Files done, in the dataset or not. */
  readonly done: number;
  readonly total: number;
  /** Rows added. */
  readonly rows: number;
  /** Bytes of the files that were added. */
  readonly bytes: number;
}

/** A file that is not in the dataset, and why. */
export interface SkippedFile {
  readonly name: string;
  readonly message: string;
}

/** What came of it. */
export interface IngestReport {
  readonly rows: number;
  readonly bytes: number;
  readonly skipped: readonly SkippedFile[];
  /** Whether it was stopped before the last file. */
  readonly isStopped: boolean;
}

/** Options of {@link ingestFiles}. */
export interface IngestOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: IngestProgress) => void;
  readonly onSkip: (file: SkippedFile) => void;
}

/**
 * Appends one row for each file and flushes.
 *
 * JPEG files go in byte for byte, other pictures as pixels that the library encodes. A file that fails is told to
 * `onSkip`, and the rest goes on.
 *
 * @throws {DatasetError} `storage`, `read-only`, `closed`: what no other file would survive either. The rows before stay.
 */
export async function ingestFiles(
  dataset: PhotoDataset,
  files: readonly File[],
  { signal, onProgress, onSkip }: IngestOptions,
): Promise<IngestReport> {
  const start = dataset.length;
  const skipped: SkippedFile[] = [];
  let next = 0;
  let bytes = 0;
  const tell = (): void => {
    const rows = dataset.length - start;
    for (; next < rows + skipped.length; next++) bytes += files[next]?.size ?? 0;
    onProgress({ done: next, total: files.length, rows, bytes });
  };
  while (next < files.length && !signal.aborted) {
    try {
      await dataset.extend(rowsOf(files.slice(next)), { signal, onProgress: tell });
      tell();
    } catch (error) {
      tell(); // extend() stops at the bad row with the rows before it in place: `next` is the file it was
      if (signal.aborted) break;
      if (isDatasetError(error, 'storage', 'read-only', 'closed')) throw error;
      const file = { name: files[next]?.name ?? 'file', message: messageOf(error) };
      skipped.push(file);
      onSkip(file);
      next++;
    }
  }
  await dataset.flush();
  tell();
  return { rows: dataset.length - start, bytes, skipped, isStopped: signal.aborted && next < files.length };
}

async function* rowsOf(files: readonly File[]) {
  for (const file of files) yield { images: await pictureOf(file), labels: null, boxes: null, captions: '' };
}

const isOtherPicture = (file: File): boolean => file.type.startsWith('image/') && file.type !== 'image/jpeg';

/** A JPEG as it is; anything else the browser calls a picture as pixels on white, since JPEG knows no transparency. */
async function pictureOf(file: File): Promise<ImageInput> {
  if (file.size === 0 || !isOtherPicture(file)) return read(file);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    const kind = file.type.slice('image/'.length);
    throw new Error(`This browser cannot decode it as ${kind}: the file is damaged, or of a format unknown here.`);
  }
  try {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('This browser has no memory for its pixels.');
    context.fillStyle = 'white';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  } finally {
    bitmap.close();
  }
}
