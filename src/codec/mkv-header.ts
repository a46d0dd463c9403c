/**
 * Reads Matroska (and WebM) headers.
 *
 * A file is EBML elements `id, length, content`; the number of leading zero bits of the first byte of both tells how many
 * bytes they have. A Segment holds Info, Tracks and Clusters of blocks. Recorders leave lengths unknown (all ones).
 * Source: RFC 8794 §4-6, RFC 9559 §5.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';
import { videoHeader } from './video-header.js';

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;

/** An element: its content is `[at, end)`. */
interface Element {
  readonly id: number;
  readonly at: number;
  readonly end: number;
  /** Whether the length was unknown; `end` is then that of the parent. */
  readonly open: boolean;
}

interface Track {
  readonly number: number;
  /** Nanoseconds of a frame; 0 when not told. */
  readonly step: number;
  readonly width: number;
  readonly height: number;
}

/** Reads the element at a position inside a parent that ends at `limit`. */
function elementAt(file: FileView, start: number, limit: number): Element {
  const idBytes = Math.clz32(file.u8(start)) - 23;
  if (idBytes > 4) throw file.error(`expected an element at byte ${start}`);
  let id = 0;
  for (let i = 0; i < idBytes; i++) id = id * 256 + file.u8(start + i);
  const at = start + idBytes;
  const lengthBytes = Math.clz32(file.u8(at)) - 23;
  if (lengthBytes > 8) throw file.error(`expected a length at byte ${at}`);
  let length = file.u8(at) & (255 >> lengthBytes);
  let open = length === 255 >> lengthBytes;
  for (let i = 1; i < lengthBytes; i++) {
    const byte = file.u8(at + i);
    open &&= byte === 255;
    length = length * 256 + byte;
  }
  const begin = at + lengthBytes;
  const end = open ? limit : file.need(begin + length);
  if (end > limit) throw file.error(`expected the element at byte ${start} to end before byte ${limit}, got ${end}`);
  return { id, at: begin, end, open };
}

function* elements(file: FileView, start: number, end: number): Generator<Element> {
  for (let at = start; at < end; ) {
    const element = elementAt(file, at, end);
    yield element;
    at = element.end;
  }
}

function uint(file: FileView, { at, end }: Element): number {
  let value = 0;
  for (let i = at; i < end && i < at + 8; i++) value = value * 256 + file.u8(i);
  return value;
}

function float(file: FileView, { at, end }: Element): number {
  return end - at === 8 ? file.f64(at) : end - at === 4 ? file.f32(at) : 0;
}

function readTrack(file: FileView, entry: Element): Track | undefined {
  const track = { number: 0, step: 0, width: 0, height: 0 };
  let type = 0;
  for (const field of elements(file, entry.at, entry.end)) {
    if (field.id === 0xd7) track.number = uint(file, field);
    else if (field.id === 0x83) type = uint(file, field);
    else if (field.id === 0x23e383) track.step = uint(file, field);
    else if (field.id === 0xe0) {
      for (const picture of elements(file, field.at, field.end)) {
        if (picture.id === 0xb0) track.width = uint(file, picture);
        else if (picture.id === 0xba) track.height = uint(file, picture);
      }
    }
  }
  return type === 1 ? track : undefined;
}

/** Blocks of one track: how many, and when the first and the last of them are shown. */
interface Blocks {
  count: number;
  first: number;
  last: number;
}

/** Counts the blocks of a track in the elements `[start, end)` of a segment, which may be clusters of unknown length. */
function countBlocks(file: FileView, start: number, end: number, track: number): Blocks {
  const blocks: Blocks = { count: 0, first: Infinity, last: -Infinity };
  let time = 0;
  for (let at = start; at < end; ) {
    const element = elementAt(file, at, end);
    // Clusters and groups are entered and not skipped: nothing tells where one of unknown length ends.
    const enters = element.id === CLUSTER || element.id === 0xa0;
    if (element.id === 0xe7) time = uint(file, element);
    else if (element.id === 0xa3 || element.id === 0xa1) {
      const numberBytes = Math.clz32(file.u8(element.at)) - 23;
      let number = file.u8(element.at) & (255 >> numberBytes);
      for (let i = 1; i < numberBytes; i++) number = number * 256 + file.u8(element.at + i);
      if (number === track) {
        const shown = time + file.i16(element.at + numberBytes);
        blocks.count++;
        blocks.first = Math.min(blocks.first, shown);
        blocks.last = Math.max(blocks.last, shown);
      }
    }
    if (element.open && !enters) throw file.error(`the element at byte ${at} has no length`);
    at = enters ? element.at : element.end;
  }
  return blocks;
}

// FFmpeg writes frame rates with numbers up to this.
const MAX_TERM = 30_000;

/** The fraction nearest to `value` whose terms are at most {@link MAX_TERM}: 29.97… is 30000 / 1001. */
function nearestFraction(value: number): number {
  // Convergents of the continued fraction, each the nearest for its size.
  let [p0, q0, p1, q1] = [0, 1, 1, 0];
  for (let rest = value; ; ) {
    const whole = Math.floor(rest);
    const [p, q] = [whole * p1 + p0, whole * q1 + q0];
    if (p > MAX_TERM || q > MAX_TERM) {
      // As much of the last step as fits may be nearer than the convergent before it.
      const part = Math.floor(Math.min((MAX_TERM - p0) / p1, q1 > 0 ? (MAX_TERM - q0) / q1 : Infinity));
      const between = (part * p1 + p0) / (part * q1 + q0);
      return q1 > 0 && Math.abs(p1 / q1 - value) <= Math.abs(between - value) ? p1 / q1 : between;
    }
    [p0, q0, p1, q1] = [p1, q1, p, q];
    if (rest - whole < 1e-12) return p1 / q1;
    rest = 1 / (rest - whole);
  }
}

/**
 * Reads shape and facts of a Matroska file: `[frames, height, width, 3]` of its first video track.
 *
 * Frames are length times frame rate, as in 3.9.52, which may be one less than there are; where the headers lack one
 * of them (live recordings), the frames are counted.
 */
export function readMkvHeader(bytes: Bytes): SampleHeader {
  const file = new FileView(bytes, 'mkv', { bigEndian: true });
  file.expect(file.length >= 4 && file.u32(0) === EBML, 'a Matroska file');
  const head = elementAt(file, 0, file.length);
  let segment = elementAt(file, head.end, file.length);
  while (segment.id !== SEGMENT) segment = elementAt(file, segment.end, file.length);
  let scale = 1_000_000; // nanoseconds of a tick
  let length = 0;
  let track: Track | undefined;
  let clusters = segment.end;
  for (const part of elements(file, segment.at, segment.end)) {
    if (part.id === INFO) {
      for (const field of elements(file, part.at, part.end)) {
        if (field.id === 0x2ad7b1) scale = uint(file, field);
        else if (field.id === 0x4489) length = float(file, field);
      }
    } else if (part.id === TRACKS) {
      for (const entry of elements(file, part.at, part.end)) if (entry.id === 0xae) track ??= readTrack(file, entry);
    } else if (part.id === CLUSTER) {
      clusters = Math.min(clusters, part.at);
      if (part.open) break;
    }
  }
  if (!track) throw file.error('it has no video track');
  const { width, height, step } = track;
  const timebase = 1e-6;
  if (length > 0 && step > 0) {
    const duration = Math.trunc((length * scale) / 1000);
    const fps = nearestFraction(1e9 / step);
    return videoHeader(file, { frames: Math.floor(fps * duration * timebase), width, height, duration, fps, timebase });
  }
  const { count, first, last } = countBlocks(file, clusters, segment.end, track.number);
  if (count === 0) throw file.error('it has no frames');
  const shown = ((last - first) * scale) / 1000; // microseconds from the first frame to the last
  const usual = step > 0 ? step / 1000 : count > 1 ? shown / (count - 1) : 1e6;
  const duration = Math.round(length > 0 ? (length * scale) / 1000 : shown + usual);
  return videoHeader(file, { frames: count, width, height, duration, fps: 1e6 / usual, timebase });
}
