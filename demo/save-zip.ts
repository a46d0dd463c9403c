/** Saves a dataset as one zip: straight to a file where the browser has that, as a download elsewhere. */
import type { Bytes, Store } from '../src/index.js';
import { storeToZip } from '../src/stores.js';

type SaveFilePicker = (options: {
  suggestedName: string;
  types: readonly object[];
}) => Promise<{ createWritable(): Promise<WritableStream<Bytes>> }>;

/** Options of {@link saveZip}. */
export interface SaveZipOptions {
  readonly signal: AbortSignal;
  /** Told the number of keys written, that of all, and the bytes. */
  readonly onProgress: (progress: { readonly done: number; readonly total?: number; readonly bytes: number }) => void;
}

/**
 * Writes all of a store as `<name>.zip`, with one top folder of that name.
 *
 * Must be called while a click is handled, since browsers open the dialog only then.
 * @returns false when the person closed the dialog.
 * @throws {DatasetError} `storage`, `unsupported`; `signal.reason`
 */
export async function saveZip(store: Store, name: string, { signal, onProgress }: SaveZipOptions): Promise<boolean> {
  const file = `${name}.zip`;
  const picker: unknown = Reflect.get(globalThis, 'showSaveFilePicker');
  let target: WritableStream<Bytes> | undefined;
  if (isPicker(picker)) {
    try {
      const types = [{ description: 'Zip', accept: { 'application/zip': ['.zip'] } }];
      const handle = await picker({ suggestedName: file, types });
      target = await handle.createWritable();
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return false;
      throw error;
    }
  }
  const zip = await storeToZip(store, { folder: name, signal, onProgress });
  if (target) {
    await zip.pipeTo(target, { signal });
    return true;
  }
  // A Blob of a stream lies on disk when it is large, not in memory.
  const blob = await new Response(zip, { headers: { 'content-type': 'application/zip' } }).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download has begun long before
  return true;
}

function isPicker(value: unknown): value is SaveFilePicker {
  return typeof value === 'function';
}
