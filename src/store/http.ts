import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { concatBytes } from '../util/bytes.js';
import { checkKey, checkRange } from './check.js';
import { closedStore } from './failure.js';
import type { CallOptions, Store } from './types.js';

/** Options of {@link httpStore}. */
export interface HttpOptions {
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Sent with every request. */
  readonly headers?: HeadersInit;
  /** Stops every request of the store. */
  readonly signal?: AbortSignal;
  /**
   * Statuses that mean "no such key"; 404 and 410 when left out. Add 403 for a private bucket that may not be listed,
   * which answers so for keys it does not have.
   */
  readonly missingStatus?: readonly number[];
}

/** A store read over HTTP: has ranges, cannot list or write. */
export type HttpStore = Store & Required<Pick<Store, 'getRange'>>;

/**
 * Makes a read-only store of an address on the web.
 *
 * Ranges are asked for as `bytes=a-b`; a server that sends the whole file instead is read up to the end of the range
 * and then stopped. A request that fails without an answer is sent a second time, at once, because reused connections
 * break; nothing else is repeated: give a `fetch` that retries where more is wanted.
 *
 * @param url - address of the dataset's folder; a query string (a signature) is kept for every key.
 * @throws {TypeError} when `url` is not an absolute http(s) address.
 */
export function httpStore(url: string, options: HttpOptions = {}): HttpStore {
  return new WebStore(url, options);
}

class WebStore implements HttpStore {
  readonly address: string;
  readonly #base: URL;
  readonly #options: HttpOptions;
  readonly #missing: readonly number[];
  #closed = false;

  constructor(url: string, options: HttpOptions) {
    const base = URL.canParse(url) ? new URL(url) : undefined;
    if (!base || !/^https?:$/.test(base.protocol)) {
      throw new TypeError(`${JSON.stringify(url)} must be an absolute address that begins with https:// or http://.`);
    }
    base.hash = '';
    base.pathname = base.pathname.replace(/\/*$/, '/');
    this.#base = base;
    this.address = base.origin + base.pathname; // without the query: a signature does not belong in messages
    this.#options = options;
    this.#missing = options.missingStatus ?? [404, 410];
  }

  async get(key: string, options?: CallOptions): Promise<Bytes | undefined> {
    return this.#request(key, undefined, options);
  }

  async getRange(key: string, start: number, end: number, options?: CallOptions): Promise<Bytes | undefined> {
    checkRange(start, end);
    if (start === end) return new Uint8Array(0); // HTTP has no empty range
    return this.#request(key, [start, end], options);
  }

  close(): void {
    this.#closed = true;
  }

  async #request(key: string, range: Range | undefined, options?: CallOptions): Promise<Bytes | undefined> {
    checkKey(key);
    const signals = [options?.signal, this.#options.signal].filter((signal) => signal !== undefined);
    const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
    signal?.throwIfAborted();
    if (this.#closed) throw closedStore(this.address);
    const url = new URL(this.#base);
    url.pathname += key.split('/').map(encodeURIComponent).join('/');
    const headers = new Headers(this.#options.headers);
    if (range) headers.set('Range', `bytes=${range[0]}-${range[1] - 1}`);
    const { fetch = globalThis.fetch } = this.#options;
    for (let retry = true; ; retry = false) {
      try {
        const response = await fetch(url.href, signal ? { headers, signal } : { headers });
        return await this.#answer(key, range, response);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof DatasetError) throw error;
        if (retry) continue;
        throw this.#failure(key, `no answer (${error instanceof Error ? error.message : String(error)})`, error);
      }
    }
  }

  async #answer(key: string, range: Range | undefined, response: Response): Promise<Bytes | undefined> {
    const { status } = response;
    if (this.#missing.includes(status) || (range && status === 416)) {
      await response.body?.cancel();
      return status === 416 && range ? new Uint8Array(0) : undefined;
    }
    if (range && status === 206) {
      const bytes = await readPart(response, 0, range[1] - range[0] + 1); // one more byte tells that it sends too much
      this.#checkPart(key, range, bytes.length, response);
      return bytes;
    }
    if (status === 200) {
      if (!range) return new Uint8Array(await response.arrayBuffer());
      return readPart(response, ...range);
    }
    await response.body?.cancel();
    throw this.#failure(key, `status ${status} ${response.statusText}`, undefined, status);
  }

  // A short answer is right at the end of a value. Content-Range tells, where the server lets the page read it.
  #checkPart(key: string, [start, end]: Range, got: number, response: Response): void {
    const told = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get('Content-Range') ?? '');
    const first = told ? Number(told[1]) : start;
    const size = Number(told?.[3] === '*' ? Number(told[2]) + 1 : (told?.[3] ?? end));
    const expected = Math.max(0, Math.min(end, size) - start);
    if (first === start && (told ? got === expected : got <= expected)) return;
    throw this.#failure(key, `expected ${expected} bytes from byte ${start}, got ${got} from byte ${first}`);
  }

  #failure(key: string, what: string, cause?: unknown, status?: number): DatasetError<'storage'> {
    const advice =
      status === 401 || status === 403
        ? 'Check that the address may be read; a signed one may have expired.'
        : 'Check the address, the connection and that the server allows this page (CORS), then try again.';
    const data = { reason: 'network', key, ...(status !== undefined && { status }) } as const;
    return new DatasetError('storage', `Reading ${key} from ${this.address} failed: ${what}. ${advice}`, data, {
      cause,
    });
  }
}

type Range = readonly [start: number, end: number];

/** Reads the bytes `[start, end)` of a body, then stops it; what comes before is not kept. */
async function readPart(response: Response, start: number, end: number): Promise<Bytes> {
  const reader = response.body?.getReader();
  const parts: Bytes[] = [];
  for (let at = 0; reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    const part = value.subarray(Math.max(0, start - at), Math.max(0, end - at));
    if (part.length > 0) parts.push(part);
    at += value.length;
    if (at >= end) {
      await reader.cancel();
      break;
    }
  }
  return concatBytes(parts);
}
