/** Bytes of which parts can be read: what demuxers and readers of slices work on. */
import type { Awaitable, Bytes } from './bytes.js';

/** A run of bytes somewhere: in memory, in a stored chunk, behind an address. */
export interface ByteSource {
  /** Length in bytes. */
  readonly size: number;
  /**
   * Bytes `[start, end)`, where `0 <= start <= end <= size`. The caller may not change them.
   * @throws {DatasetError} `storage`, `not-found`, `corrupt`, `closed`
   */
  read(start: number, end: number, options?: { readonly signal?: AbortSignal }): Awaitable<Bytes>;
}

/** Makes a source of bytes that are in memory; what it reads are views of them. */
export function byteSourceOf(bytes: Bytes): ByteSource {
  return { size: bytes.length, read: (start, end) => bytes.subarray(start, end) };
}
