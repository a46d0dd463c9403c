/** Targets of links behind web addresses, of which only the parts are fetched that are read. */
import { DatasetError } from '../errors.js';
import type { CallOptions } from '../store/types.js';
import { type ByteSource, byteSourceOf } from '../util/byte-source.js';
import { type Awaitable, type Bytes, toBytes } from '../util/bytes.js';

/** What is fetched first: it tells the format and the size, and of small files it is all. */
const HEAD_BYTES = 65_536;

/** Where a target is, and how it is fetched. */
export interface LinkAddress {
  /** Path of the link, for messages: the address may hold a signature. */
  readonly path: string;
  /** Gets the address, anew after one that was refused: signed ones expire. */
  readonly address: (options: CallOptions) => Awaitable<URL>;
  readonly fetch: typeof fetch;
}

/**
 * Opens a target to be read by ranges. A server that knows none sends the whole file, which is then kept.
 *
 * @returns undefined where the size cannot be told, or requests of ranges are not let through: load it whole then.
 * @throws {DatasetError} `storage` when the server refuses.
 */
export async function openRanges(link: LinkAddress, options: CallOptions): Promise<ByteSource | undefined> {
  const { path, fetch: request } = link;
  let url = await link.address(options);
  const ask = async (start: number, end: number, call: CallOptions): Promise<Response> => {
    const headers = { Range: `bytes=${start}-${end - 1}` };
    const init = call.signal ? { headers, signal: call.signal } : { headers };
    return request(url.href, init);
  };

  let first: Response;
  try {
    first = await ask(0, HEAD_BYTES, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return undefined; // a server may let pages fetch its files, and no ranges of them
  }
  if (first.status === 200) return byteSourceOf(toBytes(await first.arrayBuffer()));
  if (first.status === 416) return undefined; // there is no first byte
  if (first.status !== 206) throw await refused(path, first);
  const head = toBytes(await first.arrayBuffer());
  const size = sizeTold(first) ?? (head.length < HEAD_BYTES ? head.length : await askSize(request, url, options));
  if (size === undefined || head.length !== Math.min(HEAD_BYTES, size)) return undefined;

  let whole: Bytes | undefined;
  const read = async (start: number, end: number, call: CallOptions): Promise<Bytes> => {
    let response: Response;
    try {
      response = await ask(start, end, call);
      if (response.status === 401 || response.status === 403) {
        await response.body?.cancel();
        url = await link.address(call);
        response = await ask(start, end, call);
      }
    } catch (cause) {
      if (call.signal?.aborted || cause instanceof DatasetError) throw cause;
      throw failed(path, 'there was no answer. Check the connection, and try again', undefined, cause);
    }
    if (response.status !== 206 && response.status !== 200) throw await refused(path, response);
    const bytes = toBytes(await response.arrayBuffer());
    const isWhole = response.status === 200;
    const expected = isWhole ? size : end - start;
    if (bytes.length !== expected || (sizeTold(response) ?? size) !== size)
      throw failed(
        path,
        `expected ${expected} bytes of ${size}, got ${bytes.length}. It may have changed: read its row again`,
      );
    if (isWhole) whole = bytes;
    return isWhole ? bytes.subarray(start, end) : bytes;
  };
  return {
    size,
    read(start, end, call = {}) {
      if (whole) return whole.subarray(start, end);
      if (end <= head.length || start === end) return head.subarray(start, end);
      return read(start, end, call);
    },
  };
}

/** The size of the file in the answer to a range; undefined when the server does not let the page read it. */
function sizeTold(response: Response): number | undefined {
  const told = /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
  return told ? Number(told[1]) : undefined;
}

async function askSize(request: typeof fetch, url: URL, { signal }: CallOptions): Promise<number | undefined> {
  try {
    const { ok, headers } = await request(url.href, { method: 'HEAD', ...(signal && { signal }) });
    const length = headers.get('Content-Length');
    return ok && length !== null && !headers.has('Content-Encoding') ? Number(length) : undefined;
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

/** Makes the error of a target that a server refuses. */
export async function refused(path: string, response: Response): Promise<DatasetError<'storage'>> {
  await response.body?.cancel();
  const { status } = response;
  return failed(path, `the server answered ${status}. Check the address and the credentials`, status);
}

function failed(path: string, what: string, status?: number, cause?: unknown): DatasetError<'storage'> {
  const data = { reason: 'network', ...(status !== undefined && { status }) } as const;
  return new DatasetError('storage', `Link ${path} could not be read: ${what}.`, data, { cause });
}
