/**
 * Reads AVI headers.
 *
 * A file is `RIFF u32 AVI `, then chunks `4 letters, u32 length, bytes, a pad byte after an odd length`; LIST and RIFF
 * chunks hold others after 4 more letters. `hdrl` holds for each stream a `strl` with `strh` and `strf`; `movi` holds the
 * frames and `idx1` lists them. Source: AVI RIFF File Reference (Microsoft), OpenDML AVI 1.02.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';
import { videoHeader } from './video-header.js';

/** The first video stream of an AVI file. */
interface AviStream {
  /** Number of the stream: frames are chunks such as `00dc`. */
  readonly index: number;
  /** Frames in a second are `rate / scale`. */
  readonly rate: number;
  readonly scale: number;
  /** Frames, as the header tells. */
  readonly length: number;
  readonly width: number;
  readonly height: number;
}

const KEYS = 16; // bytes of an entry of idx1
const MAX_DEPTH = 8;

/** Calls `visit` for every chunk of `[start, end)` and of the lists inside, until it returns true. */
function walk(
  file: FileView,
  start: number,
  end: number,
  visit: (id: string, at: number, length: number) => boolean,
  depth = 0,
): boolean {
  for (let at = start; at + 8 <= end; ) {
    const id = file.text(at, 4);
    const length = file.u32(at + 4);
    const next = file.need(at + 8 + length);
    if (id === 'LIST' || id === 'RIFF') {
      const name = file.text(at + 8, 4);
      if (visit(name, at + 12, length - 4)) return true;
      if (name !== 'movi' && depth < MAX_DEPTH && walk(file, at + 12, next, visit, depth + 1)) return true;
    } else if (visit(id, at + 8, length)) return true;
    at = next + (length & 1);
  }
  return false;
}

/** Reads shape and facts of an AVI file: `[frames, height, width, 3]`, frames by the stream's header. */
export function readAviHeader(bytes: Bytes): SampleHeader {
  const file = new FileView(bytes, 'avi');
  file.expect(file.has('RIFF', 0) && file.has('AVI ', 8), 'an AVI file');
  let streams = 0;
  let video: AviStream | undefined;
  let open: Omit<AviStream, 'width' | 'height'> | undefined;
  let listed = 0;
  let hasFrames = false;
  walk(file, 0, file.length, (id, at, length) => {
    if (id === 'strh') {
      const index = streams++;
      const isVideo = !video && file.text(at, 4) === 'vids';
      open = isVideo
        ? { index, scale: file.u32(at + 20), rate: file.u32(at + 24), length: file.u32(at + 32) }
        : undefined;
    } else if (id === 'strf' && open && !video) {
      video = { ...open, width: file.i32(at + 4), height: Math.abs(file.i32(at + 8)) };
    } else if (id === 'movi') hasFrames = true;
    else if (id === 'idx1' && video) {
      const own = String(video.index).padStart(2, '0');
      for (let entry = at; entry + KEYS <= at + length; entry += KEYS) if (file.has(own, entry)) listed++;
    }
    return id === 'movi' && video !== undefined && video.length > 0;
  });
  if (!hasFrames) throw file.error('it ends before its frames');
  if (!video) throw file.error('it has no video stream');
  const { rate, scale, width, height } = video;
  if (rate === 0 || scale === 0) throw file.error('it does not tell its frame rate');
  const frames = video.length || listed;
  return videoHeader(file, { frames, width, height, duration: frames, fps: rate / scale, timebase: scale / rate });
}
