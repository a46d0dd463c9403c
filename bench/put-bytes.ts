/** Counts what a page writes to IndexedDB, whichever library writes it: keys and values, as they are handed over. */

/** Runs work and gives the bytes that it puts into IndexedDB: of buffers, Blobs and texts, and 8 for each number. */
export async function countPutBytes(work: () => Promise<unknown>): Promise<number> {
  const { prototype } = IDBObjectStore;
  const { put, add } = prototype;
  let bytes = 0;
  const counted = (inner: typeof put): typeof put =>
    function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      bytes += bytesOf(value) + bytesOf(key);
      return inner.call(this, value, key);
    };
  prototype.put = counted(put);
  prototype.add = counted(add);
  try {
    await work();
  } finally {
    prototype.put = put;
    prototype.add = add;
  }
  return bytes;
}

/** Bytes of a value, without what the database adds. */
export function bytesOf(value: unknown): number {
  if (value instanceof Blob) return value.size;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (typeof value === 'number' || typeof value === 'bigint') return 8;
  if (typeof value === 'boolean') return 1;
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + bytesOf(item), 0);
  return Object.entries(value).reduce((sum, [name, item]) => sum + bytesOf(name) + bytesOf(item), 0);
}
