/** Puts picked files into the dataset: goes on after a file that cannot be read, and can be stopped. */
import { type ImageInput, isDatasetError, read } from '../src/index.js';
import { type Destination, destinationsOf } from './file-kinds.js';
import { messageOf } from './format-text.js';
import { type PhotoDataset, prepareTensors } from './photo-dataset.js';

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

interface Arrival {
  readonly file: File;
  /** Where it goes; undefined when its format is not known. */
  readonly destination: Destination | undefined;
}

const formats =
  'pictures, videos (mp4, mkv, avi), sounds (mp3, wav, flac), scans (dcm), volumes (nii, nii.gz), points (las, laz), meshes (ply, stl)';

/**
 * Appends one row for each file and flushes.
 *
 * Files go in byte for byte, each into the tensor of its format; pictures of formats that only the browser knows are
 * converted to JPEG. A file that fails is told to `onSkip`, and the rest goes on.
 *
 * @throws {DatasetError} `storage`, `read-only`, `closed`: what no other file would survive either. The rows before stay.
 */
export async function ingestFiles(
  dataset: PhotoDataset,
  files: readonly File[],
  { signal, onProgress, onSkip }: IngestOptions,
): Promise<IngestReport> {
  const skipped: SkippedFile[] = [];
  const arrivals = await arrivalsOf(dataset, files, signal);
  const start = dataset.length;
  let next = 0;
  let bytes = 0;
  const tell = (): void => {
    const rows = dataset.length - start;
    for (; next < rows + skipped.length; next++) bytes += files[next]?.size ?? 0;
    onProgress({ done: next, total: files.length, rows, bytes });
  };
  while (next < arrivals.length && !signal.aborted) {
    try {
      await dataset.extend(rowsOf(arrivals.slice(next)), { signal, appendEmpty: true, onProgress: tell });
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

/** Finds out where the files go, and makes the tensors that they need. Stopped meanwhile, nothing arrives. */
async function arrivalsOf(
  dataset: PhotoDataset,
  files: readonly File[],
  signal: AbortSignal,
): Promise<readonly Arrival[]> {
  try {
    const destinations = await destinationsOf(files, signal);
    await prepareTensors(dataset, destinations);
    return files.map((file, i) => ({ file, destination: destinations[i] }));
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
}

async function* rowsOf(arrivals: readonly Arrival[]) {
  for (const { file, destination } of arrivals) {
    const row = { images: null, labels: null, boxes: null, captions: '' };
    if (destination) yield { ...row, [destination.name]: read(file) };
    else yield { ...row, images: await pictureOf(file) };
  }
}

/** What only the browser can decode as pixels on white, since JPEG knows no transparency. */
async function pictureOf(file: File): Promise<ImageInput> {
  if (file.size === 0) return read(file); // which tells so
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(
      `It is damaged, or of a format that is not known here. It was left as it is. Known are ${formats}.`,
    );
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
