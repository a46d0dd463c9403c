/** Reads media files that are to be appended. Loads with the first of them. */
import { detectCompression } from '../codec/detect.js';
import { canonicalCompression } from '../codec/table.js';
import { DatasetError } from '../errors.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import type { ReadOptions } from './file-sample.js';
import type { EncodedSample } from './types.js';

const HEAD_BYTES = 512; // enough for every signature

/**
 * Reads a file and tells its compression from its first bytes and its name.
 * @throws {DatasetError} `codec` when it is empty or of no known format, `storage` when it cannot be read
 */
export async function loadFile(
  source: Blob | Bytes | URL,
  filename: string | undefined,
  { compression: named, fetch: ownFetch }: ReadOptions,
  options?: CallOptions,
): Promise<EncodedSample> {
  const bytes = await bytesOf(source, filename, ownFetch ?? fetch, options);
  const label = filename ?? 'The file';
  if (bytes.length === 0) {
    throw new DatasetError('codec', `${label} is empty (0 bytes). Choose a file with content.`, {
      compression: 'unknown',
      reason: 'empty file',
    });
  }
  const detected = () => detectCompression(bytes.subarray(0, HEAD_BYTES), filename);
  const compression = named === undefined ? detected() : canonicalCompression(named);
  if (compression !== undefined) return { bytes, compression };
  throw new DatasetError(
    'codec',
    `${label} is of no format that can be recognised. Pass an image file, or read(file, { compression }).`,
    { compression: 'unknown', reason: 'unknown format' },
  );
}

async function bytesOf(
  source: Blob | Bytes | URL,
  filename: string | undefined,
  request: typeof fetch,
  options?: CallOptions,
): Promise<Bytes> {
  if (source instanceof URL) return download(source.href, request, options?.signal);
  if (!(source instanceof Blob)) return source;
  try {
    return new Uint8Array(await source.arrayBuffer());
  } catch (cause) {
    throw new DatasetError(
      'storage',
      `${filename ?? 'The file'} could not be read: it was moved, changed or locked. Choose it again.`,
      { reason: 'failed' },
      { cause },
    );
  }
}

async function download(url: string, request: typeof fetch, signal?: AbortSignal): Promise<Bytes> {
  let response: Response;
  let body: ArrayBuffer;
  try {
    response = await request(url, signal ? { signal } : {});
    body = await response.arrayBuffer();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new DatasetError(
      'storage',
      `${url} could not be fetched. Check the address and that its server allows this origin (CORS).`,
      { reason: 'network' },
      { cause },
    );
  }
  if (response.ok) return new Uint8Array(body);
  throw new DatasetError(
    'storage',
    `${url} answered ${response.status}. Check the address and the permission to read it.`,
    { reason: 'network', status: response.status },
  );
}
