/** Writes an AVI file around coded frames, so that FFmpeg can be given a part of a video of any format. */
import type { Bytes } from '../util/bytes.js';
import { totalLength } from '../util/bytes.js';
import type { VideoTrack } from './video-packets.js';

const HEAD = 12 + 12 + 64 + 12 + 64; // RIFF, LIST hdrl, avih, LIST strl, strh
const INFO = 40; // BITMAPINFOHEADER

/** Makes an AVI file of frames, the first of which is a key frame. Layout: see `avi-index.ts`. */
export function writeAvi(track: VideoTrack, frames: readonly Bytes[]): Bytes {
  const { width, height, fourcc } = track;
  const extra = track.extra ?? new Uint8Array();
  const padded = frames.reduce((length, frame) => length + 8 + even(frame.length), 0);
  const format = INFO + extra.length;
  const file = new Uint8Array(HEAD + 8 + even(format) + 12 + padded + 8 + 16 * frames.length);
  const view = new DataView(file.buffer);
  let at = 0;
  const text = (letters: string): void => {
    for (let i = 0; i < 4; i++) file[at++] = letters.charCodeAt(i);
  };
  const u32 = (...values: number[]): void => {
    for (const value of values) {
      view.setUint32(at, value, true);
      at += 4;
    }
  };
  const list = (id: string, length: number, type: string): void => {
    text(id);
    u32(length);
    text(type);
  };
  const largest = Math.max(0, ...frames.map((frame) => frame.length));
  list('RIFF', file.length - 8, 'AVI ');
  list('LIST', 4 + 64 + 12 + 64 + 8 + even(format), 'hdrl');
  text('avih');
  u32(56, 40_000, totalLength(frames), 0, 0x10, frames.length, 0, 1, largest, width, height, 0, 0, 0, 0);
  list('LIST', 4 + 64 + 8 + even(format), 'strl');
  text('strh');
  u32(56);
  text('vids');
  text(fourcc);
  u32(0, 0, 0, 1, 25, 0, frames.length, largest, 0xffffffff, 0, 0, 0);
  text('strf');
  u32(format, format, width, height, 1 | (24 << 16));
  text(fourcc);
  u32(width * height * 3, 0, 0, 0, 0);
  file.set(extra, at);
  at += even(extra.length);
  list('LIST', 4 + padded, 'movi');
  const places = frames.map((frame) => {
    const place = { at: at - (HEAD + 8 + even(format) + 8), length: frame.length };
    text('00dc');
    u32(frame.length);
    file.set(frame, at);
    at += even(frame.length);
    return place;
  });
  text('idx1');
  u32(16 * frames.length);
  for (const [i, place] of places.entries()) {
    text('00dc');
    u32(i === 0 ? 16 : 0, place.at, place.length);
  }
  return file;
}

function even(length: number): number {
  return length + (length & 1);
}
