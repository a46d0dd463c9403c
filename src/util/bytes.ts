/** Bytes in a buffer of their own kind: what a `Blob`, a store and `postMessage` all take. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A value now or later. */
export type Awaitable<T> = T | Promise<T>;

/** Views any binary input as bytes, without a copy where it already lies in an `ArrayBuffer`. */
export function toBytes(input: ArrayBuffer | ArrayBufferView): Bytes {
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  const { buffer, byteOffset, byteLength } = input;
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer, byteOffset, byteLength);
  return new Uint8Array(buffer, byteOffset, byteLength).slice(); // shared memory: other threads may change it
}

/** Joins parts into one array. A single part is returned as it is, not copied. */
export function concatBytes(parts: readonly Bytes[]): Bytes {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Sum of the lengths of parts, in bytes. */
export function totalLength(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/** Whether two byte arrays hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a string; lone surrogates become U+FFFD. */
export function utf8Encode(text: string): Bytes {
  return encoder.encode(text);
}

/** The string of UTF-8 bytes. @throws {TypeError} when they are not valid UTF-8. */
export function utf8Decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
