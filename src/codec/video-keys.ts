/** Looks into coded frames: whether decoding can begin there, whatever the tables of the file say. */
import type { Bytes } from '../util/bytes.js';
import type { VideoTrack } from './video-packets.js';

/**
 * Whether decoding can begin at a packet. Codecs that are not known here are trusted.
 *
 * Of H.264 and H.265 only frames after which nothing before is needed count (IDR), as browsers want it; the I frames of
 * open groups of pictures do not.
 */
export function isKeyPacket(track: Pick<VideoTrack, 'fourcc' | 'extra'>, bytes: Bytes): boolean {
  const { fourcc, extra } = track;
  if (isAvc(fourcc)) return hasUnit(bytes, lengthBytes(extra, 4), (first) => [(first & 31) === 5, (first & 31) === 1]);
  if (isHevc(fourcc)) {
    return hasUnit(bytes, lengthBytes(extra, 21), (first) => {
      const type = (first >> 1) & 63;
      return [type >= 16 && type <= 20, type < 16 || type === 21];
    });
  }
  if (fourcc === 'VP80') return ((bytes[0] ?? 1) & 1) === 0;
  if (fourcc === 'VP90') return isVp9Key(bytes);
  if (isMpeg4(fourcc)) return isMpeg4Key(bytes);
  return true;
}

/** Whether a name of AVI files stands for H.264. */
export function isAvc(fourcc: string): boolean {
  return /^(h264|x264|avc1|davc|vssh)$/i.test(fourcc);
}

/** Whether a name of AVI files stands for H.265. */
export function isHevc(fourcc: string): boolean {
  return /^(hevc|h265|hvc1|hev1|x265)$/i.test(fourcc);
}

/** Whether a name of AVI files stands for MPEG-4 part 2. */
export function isMpeg4(fourcc: string): boolean {
  return /^(xvid|divx|dx50|fmp4|mp4v|mp4s|m4s2|fvfw|3iv2|xvix|divx|rmp4|dm4v)$/i.test(fourcc);
}

/** Bytes of the lengths before units, as avcC (byte 4) or hvcC (byte 21) tells; 0 for start codes between them. */
function lengthBytes(extra: Bytes | undefined, at: number): number {
  return extra?.[0] === 1 && extra.length > at ? ((extra[at] ?? 0) & 3) + 1 : 0;
}

/** Whether a unit of the wanted kind comes before one that decides otherwise. Told of by a unit's first byte. */
function hasUnit(
  bytes: Bytes,
  prefix: number,
  kindOf: (first: number) => readonly [isKey: boolean, isOther: boolean],
): boolean {
  for (const start of unitStarts(bytes, prefix)) {
    const [isKey, isOther] = kindOf(bytes[start] ?? 0);
    if (isKey || isOther) return isKey;
  }
  return false;
}

/** Where the units of an access unit begin. @param prefix - bytes of the length before each; 0 for start codes */
export function* unitStarts(bytes: Bytes, prefix: number): Generator<number, void, undefined> {
  if (prefix === 0) {
    for (let at = 0; at + 3 < bytes.length; at++) {
      if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1) yield at + 3;
    }
    return;
  }
  for (let at = 0; at + prefix < bytes.length; ) {
    let length = 0;
    for (let i = 0; i < prefix; i++) length = length * 256 + (bytes[at + i] ?? 0);
    yield at + prefix;
    at += prefix + length;
  }
}

// VP9 bitstream §6.2: 2 bits of marker, 2 of profile (3 in profile 3), show_existing_frame, then 0 for key frames.
function isVp9Key(bytes: Bytes): boolean {
  const first = bytes[0] ?? 0xff;
  const shift = ((first >> 4) & 3) === 3 ? 1 : 0;
  return first >> 6 === 2 && ((first << shift) & 0x0c) === 0;
}

// ISO/IEC 14496-2 §6.2.5: behind the start code 0xB6 two bits tell the type of the picture, 0 for those of their own.
function isMpeg4Key(bytes: Bytes): boolean {
  for (const start of unitStarts(bytes, 0)) if (bytes[start] === 0xb6) return (bytes[start + 1] ?? 0xff) >> 6 === 0;
  return false;
}
