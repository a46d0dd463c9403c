import type { Bytes } from '../util/bytes.js';

/** Bytes of hexadecimal digits; everything that is no digit is skipped. `00×7` stands for seven zero bytes. */
export function hex(text: string): Bytes {
  const full = text.replace(/([0-9a-f]{2})×(\d+)/gi, (_, byte: string, times: string) => byte.repeat(Number(times)));
  return new Uint8Array(full.match(/[0-9a-f]{2}/gi)?.map((digits) => Number.parseInt(digits, 16)) ?? []);
}

/** The version string that every table begins with: "3.9.52". */
export const V = '06 33 2e 39 2e 35 32';
