import type { LinkedSample } from './schema.js';

/**
 * Names a file elsewhere as a sample of a link tensor.
 *
 * @param path - an address (`https://…`, `s3://…`, `gcs://…`) or a path relative to the page or process.
 * @example await ds.tensor('img').append(link('s3://abc/def.jpeg', { credsKey: 'MY_S3_KEY' }));
 */
export function link(path: string | URL, options: { readonly credsKey?: string } = {}): LinkedSample {
  return { path: String(path), ...(options.credsKey !== undefined && { credsKey: options.credsKey }) };
}
