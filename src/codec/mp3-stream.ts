/**
 * Finds the frames of an MP3 file between its tags, and the part of their sound that was put in.
 *
 * The first frame may hold a table instead of sound, named Xing, Info or VBRI, which tells how many frames follow; LAME and
 * FFmpeg add how many samples were put before and after the sound. No standard has these tables; they are read as FFmpeg
 * reads them.
 */
import type { Bytes } from '../util/bytes.js';
import { skipId3 } from './audio-header.js';
import { FileView } from './file-view.js';
import { frameAt, frameError, isSameKind, type Mp3Frame, unsupportedStream } from './mp3-frame.js';

/** What the table in the first frame tells. */
export interface Mp3Table {
  /** Frames that follow it. */
  readonly frames: number;
  /** Bytes from its frame on; undefined when not told. */
  readonly bytes: number | undefined;
  /** Samples that the encoder put before the sound and after it; undefined when not told. */
  readonly padding?: readonly [before: number, after: number];
}

/** The frames of a file. */
export interface Mp3Stream {
  /** Header of the first frame of sound; all others are of its kind. */
  readonly first: Mp3Frame;
  /** Position of each frame of sound. */
  readonly frames: readonly number[];
  /** Bytes of each. */
  readonly lengths: readonly number[];
  /** First sample of the sound in the decoded frames. */
  readonly start: number;
  /** Samples of the sound. */
  readonly length: number;
}

// How far the first frame is searched for: enough for tags that ID3 does not frame.
const MAX_JUNK = 65_536;
// Share of the bytes that a table promises below which the file counts as cut off; FFmpeg warns at the same one.
const MISSING = 1 / 16;
// Samples by which decoders are late, which the tables leave out: 528 of the filters and one of the way of counting.
const DECODER_DELAY = 529;

/** The first frame that another one of its kind follows, or that ends the file. */
export function findFrame(file: FileView, from: number): number {
  const last = Math.min(from + MAX_JUNK, file.length - 4);
  for (let at = from; at <= last; at++) {
    if (file.bytes[at] !== 0xff) continue;
    const frame = frameAt(file, at);
    if (!frame || frame.length === 0 || at + frame.length > file.length) continue;
    const end = at + frame.length;
    const next = frameAt(file, end);
    if (next ? next.sampleRate === frame.sampleRate : end === file.length || isTag(file, end)) return at;
  }
  const free = frameAt(file, from);
  if (free?.length === 0) throw unsupportedStream('frames of free format');
  throw file.error(`expected a frame in the ${Math.max(0, last - from + 4)} bytes after its tags`);
}

function isTag(file: FileView, at: number): boolean {
  return file.has('TAG', at) || file.has('APETAGEX', at) || file.has('LYRICSBEGIN', at) || file.has('ID3', at);
}

/** The table that the frame at byte `at` holds instead of sound, if it can be right. */
export function readTable(file: FileView, at: number, { half, channels, length }: Mp3Frame): Mp3Table | undefined {
  const vbri = at + 36;
  if (file.has('VBRI', vbri)) return { frames: file.u32(vbri + 14), bytes: undefined };
  const xing = at + 4 + (half ? (channels === 1 ? 9 : 17) : channels === 1 ? 17 : 32);
  if (!file.has('Xing', xing) && !file.has('Info', xing)) return undefined;
  const flags = file.u32(xing + 4);
  let next = xing + 8;
  const frames = flags & 1 ? file.u32(next) : 0;
  if (flags & 1) next += 4;
  const bytes = flags & 2 ? file.u32(next) : undefined;
  if (flags & 2) next += 4;
  if (flags & 4) next += 100; // places to seek to
  if (flags & 8) next += 4; // quality
  const knowsPadding = next + 24 <= at + length && ['LAME', 'Lavf', 'Lavc'].some((name) => file.has(name, next));
  if (!knowsPadding) return { frames, bytes };
  const packed = file.u32(next + 20) & 0xffffff; // after name, version and volumes
  return { frames, bytes, padding: [packed >> 12, packed & 0xfff] };
}

/** Frames that a table counts; 0 when there is none that can be right. @throws {DatasetError} `codec` when the file is cut off */
export function countedFrames(file: FileView, at: number, table: Mp3Table | undefined): number {
  if (!table?.frames) return 0;
  if (table.bytes !== undefined) {
    const left = file.length - at;
    if (left < table.bytes * (1 - MISSING))
      throw file.error(`it is cut off: expected ${at + table.bytes} bytes, got ${file.length}`);
    if (left > table.bytes * (1 + MISSING) + MAX_JUNK) return 0; // several files, one after another
  }
  return table.frames;
}

/**
 * Walks the headers of an MP3 file from its first frame to its last.
 *
 * Tags between frames are stepped over. The sound is without what the encoder put around it, where a table tells that.
 * @throws {DatasetError} `codec` when frames are cut off, missing or followed by others than frames; `unsupported` for
 *   other layers than 3 and for free format
 */
export function readMp3Stream(bytes: Bytes): Mp3Stream {
  const file = new FileView(bytes, 'mp3', { bigEndian: true });
  const begin = findFrame(file, skipId3(file));
  const first = frameAt(file, begin);
  if (!first) throw frameError({ at: begin }, 'does not begin like one');
  if (first.layer !== 3) throw unsupportedStream(`MPEG sound of layer ${'I'.repeat(first.layer)}`);
  const table = readTable(file, begin, first);
  const frames: number[] = [];
  const lengths: number[] = [];
  let at = begin + (table ? first.length : 0);
  while (at < file.length) {
    const frame = frameAt(file, at);
    if (frame?.length && isSameKind(frame, first)) {
      file.need(at + frame.length);
      frames.push(at);
      lengths.push(frame.length);
      at += frame.length;
      continue;
    }
    const next = skipTag(file, at);
    if (next === at) {
      checkRest(file, at, first);
      break;
    }
    at = next;
  }
  const counted = countedFrames(file, begin, table);
  // Some encoders count the frame of the table too.
  if (frames.length < counted - 1) throw file.error(`it is cut off: expected ${counted} frames, got ${frames.length}`);
  const all = frames.length * first.samples;
  const [before, after] = table?.padding ?? [-DECODER_DELAY, DECODER_DELAY];
  const start = Math.min(before + DECODER_DELAY, all);
  const isWhole = counted > 0 && frames.length <= counted;
  const end = isWhole ? Math.min(all, counted * first.samples + DECODER_DELAY - after) : all;
  return { first, frames, lengths, start, length: Math.max(0, end - start) };
}

/** Where a tag ends that begins at byte `at`; `at` when there is none. */
function skipTag(file: FileView, at: number): number {
  if (file.has('TAG', at)) return Math.min(at + (file.has('TAG+', at) ? 227 : 128), file.length);
  if (file.has('APETAGEX', at)) {
    const size = new DataView(file.slice(at + 12, at + 16).slice().buffer).getUint32(0, true);
    return Math.min(at + 32 + size, file.length);
  }
  if (file.has('LYRICSBEGIN', at)) return file.length; // the last of what players skip
  return file.has('ID3', at) ? Math.min(skipId3(file, at), file.length) : at;
}

/** Checks that no frame follows what is no frame at byte `at`: filling up, or other programs' notes. */
function checkRest(file: FileView, at: number, first: Mp3Frame): void {
  for (let next = at; next < file.length - 4; next++) {
    if (file.bytes[next] !== 0xff) continue;
    const frame = frameAt(file, next);
    if (!frame?.length || !isSameKind(frame, first) || next + frame.length > file.length) continue;
    const after = frameAt(file, next + frame.length);
    if (after ? isSameKind(after, first) : next + frame.length === file.length)
      throw file.error(`expected a frame at byte ${at}, got one at byte ${next} only`);
  }
}
