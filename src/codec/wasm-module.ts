/** Fetches and compiles the .wasm files that lie in the package's `wasm/` folder. */
import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';

/**
 * Compiles a .wasm file; undefined where WebAssembly is not allowed.
 *
 * @param url - http(s), data, blob, or in Node file URL.
 * @throws {DatasetError} `storage` when the file does not come, or something else comes in its place.
 */
export async function compileWasm(url: URL): Promise<WebAssembly.Module | undefined> {
  if (typeof WebAssembly === 'undefined') return undefined;
  const bytes = await fetchBytes(url);
  // A server that answers every path with its page must not pass for a policy that forbids WebAssembly.
  if (bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) throw notThere(url, 'failed');
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    // A policy without 'wasm-unsafe-eval', an engine without SIMD, and a damaged file give the same error.
    if (await isAllowed()) throw notThere(url, 'failed', undefined, error);
    return undefined;
  }
}

// A module with the function `v128 f() { return i8x16.splat(0) }`.
const smallest = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7b], // types
  ...[3, 2, 1, 0], // functions
  ...[10, 8, 1, 6, 0, 0x41, 0, 0xfd, 15, 0x0b], // code
);

/** Whether any module with SIMD may be compiled. */
async function isAllowed(): Promise<boolean> {
  return WebAssembly.compile(smallest).then(
    () => true,
    () => false,
  );
}

async function fetchBytes(url: URL): Promise<Bytes> {
  if (url.protocol === 'file:') {
    const name = 'node:fs/promises'; // a variable, so that bundlers for browsers leave it alone
    const fs = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as typeof import('node:fs/promises');
    return new Uint8Array(await fs.readFile(url));
  }
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw notThere(url, 'network', undefined, error);
  }
  if (!response.ok) throw notThere(url, 'network', response.status);
  return new Uint8Array(await response.arrayBuffer());
}

function notThere(url: URL, reason: 'network' | 'failed', status?: number, cause?: unknown): DatasetError<'storage'> {
  const what = status === undefined ? 'does not give a WebAssembly file' : `answers with status ${status}`;
  return new DatasetError(
    'storage',
    `The codec file ${url.href} ${what}. Serve the package's wasm folder and give the pool its wasmUrl.`,
    { reason, key: url.href, ...(status === undefined ? {} : { status }) },
    { cause },
  );
}
