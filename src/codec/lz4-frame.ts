/**
 * LZ4 frames: Deep Lake 3.9.52 writes bare blocks, but reads frames, which older versions wrote.
 *
 * ```
 * 0  u32  magic 0x184D2204          (skippable frames 0x184D2A5? are stepped over)
 * 4  u8   flags: version 01 | block independence | block checksum | content size | content checksum | 0 | dictionary id
 * 5  u8   bits 4-6: largest block, 4 = 64 kB ... 7 = 4 MB
 *    u64  content size, u32 dictionary id (when flagged), u8 header checksum
 *    then blocks: u32 size (bit 31: stored as it is), bytes, u32 checksum when flagged; size 0 ends; u32 content checksum
 * ```
 * Source: the LZ4 frame format description. Checksums (xxHash) are stepped over; the lengths are checked.
 */

import type { Bytes } from '../util/bytes.js';
import { badBlock, decodeBlock } from './lz4-block.js';

/** First four bytes of a frame, as a little-endian number. */
export const frameMagic = 0x184d2204;

/**
 * Decodes all frames of the input.
 *
 * @param limit - greatest number of bytes to give; also what is allocated is bound by it.
 * @returns the bytes, or what is wrong with the frame.
 */
export function decodeFrames(bytes: Bytes, limit: number): Bytes | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // 255: the greatest ratio of a block.
  const room = Math.min(limit, bytes.length * 255);
  let to = new Uint8Array(Math.min(room, Math.max(bytes.length * 4, 1 << 16)));
  let out = 0;
  let at = 0;
  const grow = (need: number): void => {
    if (need <= to.length) return;
    const wider = new Uint8Array(Math.min(room, Math.max(need, to.length * 2)));
    wider.set(to.subarray(0, out));
    to = wider;
  };
  while (at < bytes.length) {
    if (at + 7 > bytes.length) return 'a frame header is cut off';
    const magic = view.getUint32(at, true);
    if (magic >>> 4 === 0x184d2a5) {
      at += 8 + (at + 8 <= bytes.length ? view.getUint32(at + 4, true) : 0);
      continue;
    }
    if (magic !== frameMagic) return 'what follows a frame is no frame';
    const flags = bytes[at + 4] ?? 0;
    const blockCode = ((bytes[at + 5] ?? 0) >> 4) & 7;
    if (flags >> 6 !== 1 || blockCode < 4) return 'a frame header is of another version';
    if (flags & 1) return 'a frame needs a dictionary';
    const blockMax = 1 << (8 + 2 * blockCode);
    const start = out;
    let contentSize: number | undefined;
    at += 6;
    if (flags & 8) {
      if (at + 8 > bytes.length) return 'a frame header is cut off';
      contentSize = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
      if (contentSize > room - start)
        return `a frame promises ${contentSize} bytes, more than the ${room} there can be`;
      grow(start + contentSize);
      at += 8;
    }
    at++;
    for (;;) {
      if (at + 4 > bytes.length) return 'a frame has no end mark';
      const word = view.getUint32(at, true);
      at += 4;
      if (word === 0) break;
      const size = word & 0x7fffffff;
      if (size > blockMax || at + size > bytes.length) return 'a block is cut off or larger than its frame allows';
      const block = bytes.subarray(at, at + size);
      at += size + (flags & 16 ? 4 : 0);
      if (word >>> 31) {
        if (out + size > room) return `a frame holds more than ${room} bytes`;
        grow(out + size);
        to.set(block, out);
        out += size;
      } else {
        grow(Math.min(room, out + Math.min(blockMax, size * 255)));
        // Blocks of one frame may refer to each other, not to another frame.
        const frame = to.subarray(start);
        const end = decodeBlock(block, frame, out - start, Math.min(frame.length, out - start + blockMax));
        if (end === badBlock) return 'a block is damaged';
        out = start + end;
      }
    }
    at += flags & 4 ? 4 : 0;
    if (at > bytes.length) return 'a checksum is cut off';
    if (contentSize !== undefined && out - start !== contentSize)
      return `expected ${contentSize} bytes, got ${out - start}`;
  }
  return out === to.length ? to : to.slice(0, out);
}
