/**
 * Finds the frames of a FLAC file that hold a sample, without decoding what lies between.
 *
 * The table of places to seek to narrows the search, where the file has one. The rest is guessing and halving: each frame tells the
 * number of its first sample, and what looks like the begin of one is told apart by a check sum. Source: RFC 9639 §8.5, §9.1.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView, fileError } from './file-view.js';
import { type FlacFrameHeader, FRAME_HEADER_BYTES, readFlacFrameHeader } from './flac-frame.js';
import type { FlacInfo } from './flac-header.js';
import type { PartWork } from './part-work.js';

/** Where to read for a sample. */
export interface FlacPlace {
  /** Position of the frame that holds the sample. */
  readonly at: number;
  /** Number of that frame's first sample. */
  readonly first: number;
  /** Samples of that frame. */
  readonly samples: number;
  /** Position of the frame after it; the end of the file when it is the last. */
  readonly end: number;
}

/** Where to read for some samples: frames from byte `at`, the first sample of which is `first`, up to byte `end`. */
export type FlacRange = Omit<FlacPlace, 'samples'>;

/** A frame that was met. */
interface Met {
  readonly at: number;
  readonly header: FlacFrameHeader;
}

// How near the search comes by guessing; so many bytes are then read and looked through.
const NEAR = 16_384;
// Bytes that are looked through at a time for the next frame: most frames are shorter.
const PROBE = 8192;
// Guesses by the place in time, which mostly are enough; after them the rest is halved.
const GUESSES = 4;
const POINT_BYTES = 18;

/** Finds the frames that hold samples `[start, end)`, where `start < end`. @throws as {@link findFlacFrame} */
export function* findFlacFrames(info: FlacInfo, size: number, start: number, end: number): PartWork<FlacRange> {
  const { at, first } = yield* findFlacFrame(info, size, start);
  return { at, first, end: (yield* findFlacFrame(info, size, end - 1, at)).end };
}

/**
 * Finds the frame that holds a sample; the last frame for samples beyond the end.
 *
 * @param size - bytes of the file.
 * @param from - where the search begins: a frame at or before the one that is looked for.
 * @throws {DatasetError} `codec` when there is none.
 */
export function* findFlacFrame(info: FlacInfo, size: number, sample: number, from = info.start): PartWork<FlacPlace> {
  const begin = yield* headerAt(info, size, from);
  if (!begin) throw fileError('flac', `the frame at byte ${from} is damaged`);
  let [low, high] = yield* tablePlaces(info, size, sample, { at: from, header: begin });
  let end = high; // where the frame after `low` begins, at most
  let last = info.samples; // of the frames before `end`
  for (let tries = 0; high - low.at > NEAR; tries++) {
    const done = low.header.first;
    const share = tries < GUESSES && sample < last ? (sample - done) / (last - done) : 0.5;
    // Once a little before, once a little behind, so that both ends come near.
    const aside = tries >= GUESSES ? 0 : tries % 2 === 0 ? -PROBE : PROBE;
    const guess = low.at + Math.floor((high - low.at) * share) + aside;
    const place = Math.min(Math.max(guess, low.at + 1), high - 1);
    const met = yield* firstFrame(info, size, place, high, low);
    if (met && met.header.first <= sample) low = met;
    else {
      if (met) [end, last] = [met.at, met.header.first];
      high = place;
    }
  }
  // Near enough: all frames up to there, from one piece.
  const { at } = low;
  const piece = yield [at, Math.min(high + FRAME_HEADER_BYTES, size)];
  for (let i = piece.indexOf(0xff, 1); i >= 0 && at + i < high; i = piece.indexOf(0xff, i + 1)) {
    const header = headerIn(piece.subarray(i, i + FRAME_HEADER_BYTES), info);
    if (!header || !follows(header, low)) continue;
    if (header.first > sample) return placeOf(low, at + i);
    low = { at: at + i, header };
  }
  return placeOf(low, end);
}

/** Whether a frame can come after another. */
function follows(header: FlacFrameHeader, before: Met): boolean {
  return header.first >= before.header.first + before.header.samples;
}

function placeOf({ at, header }: Met, end: number): FlacPlace {
  return { at, first: header.first, samples: header.samples, end };
}

function* headerAt(info: FlacInfo, size: number, at: number): PartWork<FlacFrameHeader | undefined> {
  return headerIn(yield [at, Math.min(at + FRAME_HEADER_BYTES, size)], info);
}

function headerIn(bytes: Bytes, info: FlacInfo): FlacFrameHeader | undefined {
  if (bytes[0] !== 0xff || ((bytes[1] ?? 0) & 0xfe) !== 0xf8) return undefined;
  const enough = new Uint8Array(FRAME_HEADER_BYTES); // a last frame of silence may be shorter
  enough.set(bytes);
  const header = readFlacFrameHeader(enough, info);
  return typeof header === 'string' ? undefined : header;
}

/** The first frame that begins in `[from, to)`; one of numbers that can come after `low`. */
function* firstFrame(info: FlacInfo, size: number, from: number, to: number, low: Met): PartWork<Met | undefined> {
  for (let at = from; at < to; at += PROBE) {
    const piece = yield [at, Math.min(at + PROBE + FRAME_HEADER_BYTES, size)];
    const end = Math.min(PROBE, to - at);
    for (let i = piece.indexOf(0xff); i >= 0 && i < end; i = piece.indexOf(0xff, i + 1)) {
      const header = headerIn(piece.subarray(i, i + FRAME_HEADER_BYTES), info);
      if (header && follows(header, low)) return { at: at + i, header };
    }
  }
  return undefined;
}

/** What the table tells: a frame at or before the sample, and a place after the frame that holds it. */
function* tablePlaces(info: FlacInfo, size: number, sample: number, begin: Met): PartWork<[Met, number]> {
  let low = begin;
  let high = size;
  const [from, to] = info.seekTable ?? [0, 0];
  if (to - from < POINT_BYTES) return [low, high];
  const table = new FileView(yield [from, to], 'flac', { bigEndian: true });
  let below: number | undefined;
  for (let at = 0; at + POINT_BYTES <= table.length; at += POINT_BYTES) {
    const first = table.u64(at); // points that are left free have the greatest number
    const place = info.start + table.u64(at + 8);
    if (first <= sample) below = place;
    else if (place > info.start && place < high) high = place;
  }
  if (below !== undefined && below > low.at) {
    const header = below < high ? yield* headerAt(info, size, below) : undefined;
    if (header && header.first <= sample) low = { at: below, header };
    else high = size; // the table is not of this file
  }
  const next = high < size ? yield* headerAt(info, size, high) : undefined;
  return [low, next && next.first > sample ? high : size];
}
