import { corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import type { Bytes } from '../util/bytes.js';

/** What lz4 bytes of a dataset turn out to be. */
export type Lz4Parts =
  /** One raw block; `size` is its length when decompressed, in bytes: at most 255 times the block. */
  | { readonly kind: 'block'; readonly size: number; readonly block: Bytes }
  /** A complete LZ4 frame, from other writers. */
  | { readonly kind: 'frame'; readonly frame: Bytes }
  | { readonly kind: 'empty' };

// The first bytes of an LZ4 frame, from the LZ4 frame format description.
const MAGIC = 0x184d2204;

/**
 * Tells what lz4 bytes are and takes the size from the front.
 * @throws {DatasetError} `corrupt` when it cannot be right.
 */
export function splitLz4(bytes: Bytes, key = 'sample'): Lz4Parts {
  if (bytes.length === 0) return { kind: 'empty' };
  if (bytes.length < 5) throw corrupt(key, 'lz4 data', 5, bytes.length);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (size === MAGIC) return { kind: 'frame', frame: bytes };
  const block = bytes.subarray(4);
  if (size === 0 && block.length === 1 && block[0] === 0) return { kind: 'empty' };
  // A length grows by at most 255 for each byte of the block.
  if (size > 255 * block.length) throw corrupt(key, 'lz4 size', `at most ${255 * block.length} bytes`, `${size} bytes`);
  return { kind: 'block', size, block };
}

/** Puts the decompressed size in front of a block. Nothing stays nothing: an empty input has no header. */
export function joinLz4(size: number, block: Bytes): Bytes {
  if (size === 0) return new Uint8Array(0);
  return new ByteWriter({ size: 4 + block.length }).u32(size).bytes(block).finish();
}
