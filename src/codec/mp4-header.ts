/**
 * Reads MP4 headers.
 *
 * A file is boxes `u32 BE length (itself included; 1: a u64 follows; 0: to the end), 4 letters, bytes`. `moov` holds a
 * `trak` for each stream; files that were recorded in fragments have their samples in `moof` boxes.
 * Source: ISO/IEC 14496-12 §8.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';
import { videoHeader } from './video-header.js';

/** A box: its content is `[at, end)`. */
interface Box {
  readonly type: string;
  readonly at: number;
  readonly end: number;
}

interface Track {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  /** Ticks in a second. */
  readonly clock: number;
  /** Ticks, as the header of the track tells; 0 when it does not. */
  readonly duration: number;
  readonly frames: number;
  /** Ticks of all frames together. */
  readonly total: number;
  /** Ticks of a frame where all (but perhaps the last) have the same; else 0. */
  readonly step: number;
}

function* boxes(file: FileView, start: number, end: number): Generator<Box> {
  for (let at = start; at + 8 <= end; ) {
    const short = file.u32(at);
    const head = short === 1 ? 16 : 8;
    const length = short === 1 ? file.u64(at + 8) : short === 0 ? end - at : short;
    if (length < head) throw file.error(`expected a box of at least ${head} bytes at byte ${at}, got ${length}`);
    const next = file.need(at + length);
    if (next > end) throw file.error(`expected the box at byte ${at} to end before byte ${end}, got ${next}`);
    yield { type: file.text(at + 4, 4), at: at + head, end: next };
    at = next;
  }
}

/** The first box of a path of types below `parent`. */
function find(file: FileView, parent: Box, ...path: string[]): Box | undefined {
  let box: Box | undefined = parent;
  for (const type of path) {
    let found: Box | undefined;
    for (const child of boxes(file, box.at, box.end)) {
      if (child.type === type) {
        found = child;
        break;
      }
    }
    if (!found) return undefined;
    box = found;
  }
  return box;
}

/** Reads a video track; undefined for other tracks. */
function readTrack(file: FileView, trak: Box): Track | undefined {
  const mdia = find(file, trak, 'mdia');
  const handler = mdia && find(file, mdia, 'hdlr');
  if (!mdia || !handler || !file.has('vide', handler.at + 8)) return undefined;
  const mdhd = find(file, mdia, 'mdhd');
  const tkhd = find(file, trak, 'tkhd');
  const stbl = find(file, mdia, 'minf', 'stbl');
  const stsd = stbl && find(file, stbl, 'stsd');
  if (!mdhd || !tkhd || !stbl || !stsd) throw file.error('a table of its video track is missing');
  const long = file.u8(mdhd.at) === 1; // version 1 has times of 8 bytes
  const sizes = find(file, stbl, 'stsz') ?? find(file, stbl, 'stz2');
  const clock = file.u32(mdhd.at + (long ? 20 : 12));
  if (clock === 0) throw file.error('the clock of its video track stands still');
  return {
    id: file.u32(tkhd.at + (file.u8(tkhd.at) === 1 ? 20 : 12)),
    width: file.u16(stsd.at + 40),
    height: file.u16(stsd.at + 42),
    clock,
    duration: long ? file.u64(mdhd.at + 24) : file.u32(mdhd.at + 16),
    frames: sizes ? file.u32(sizes.at + 8) : 0,
    ...readTimes(file, find(file, stbl, 'stts')),
  };
}

function readTimes(file: FileView, stts: Box | undefined): { readonly total: number; readonly step: number } {
  if (!stts) return { total: 0, step: 0 };
  const rows = file.u32(stts.at + 4);
  if (stts.at + 8 + 8 * rows > stts.end)
    throw file.error(`expected ${8 * rows} bytes of frame times, got ${stts.end - stts.at - 8}`);
  let total = 0;
  for (let i = 0, at = stts.at + 8; i < rows; i++, at += 8) total += file.u32(at) * file.u32(at + 4);
  const even = rows === 1 || (rows === 2 && file.u32(stts.at + 16) === 1);
  return { total, step: even ? file.u32(stts.at + 12) : 0 };
}

/** Counts frames and ticks of a track in the fragments of a file. */
function readFragments(file: FileView, moov: Box, track: Track): { readonly frames: number; readonly total: number } {
  let usual = 0;
  const mvex = find(file, moov, 'mvex');
  for (const { type, at } of mvex ? boxes(file, mvex.at, mvex.end) : []) {
    if (type === 'trex' && file.u32(at + 4) === track.id) usual = file.u32(at + 12);
  }
  let frames = 0;
  let total = 0;
  for (const moof of boxes(file, 0, file.length)) {
    if (moof.type !== 'moof') continue;
    for (const traf of boxes(file, moof.at, moof.end)) {
      const tfhd = traf.type === 'traf' ? find(file, traf, 'tfhd') : undefined;
      if (!tfhd || file.u32(tfhd.at + 4) !== track.id) continue;
      const flags = file.u32(tfhd.at);
      const before = (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
      const step = flags & 8 ? file.u32(tfhd.at + 8 + before) : usual;
      for (const run of boxes(file, traf.at, traf.end)) {
        if (run.type !== 'trun') continue;
        const count = file.u32(run.at + 4);
        const has = file.u32(run.at);
        const row = [0x100, 0x200, 0x400, 0x800].filter((bit) => has & bit).length * 4;
        const start = run.at + 8 + (has & 1 ? 4 : 0) + (has & 4 ? 4 : 0);
        if (row > 0 && start + row * count > run.end)
          throw file.error(`expected ${row * count} bytes of frames, got ${run.end - start}`);
        frames += count;
        if (!(has & 0x100)) total += count * step;
        else for (let i = 0; i < count; i++) total += file.u32(start + i * row);
      }
    }
  }
  return { frames, total };
}

/** Reads shape and facts of an MP4 file: `[frames, height, width, 3]` of its first video track. */
export function readMp4Header(bytes: Bytes): SampleHeader {
  const file = new FileView(bytes, 'mp4', { bigEndian: true });
  let moov: Box | undefined;
  for (const box of boxes(file, 0, file.length)) {
    if (box.at <= 16) file.expect(/^(ftyp|moov|mdat|free|skip|wide|pnot|styp)$/.test(box.type), 'an MP4 file');
    if (box.type === 'moov') moov ??= box;
  }
  if (!moov) throw file.error('it is cut off: its table of contents (moov) is missing');
  let track: Track | undefined;
  for (const trak of boxes(file, moov.at, moov.end)) {
    if (trak.type === 'trak') track ??= readTrack(file, trak);
  }
  if (!track) throw file.error('it has no video track');
  const { width, height, clock, step } = track;
  const { frames, total } = track.frames > 0 ? track : readFragments(file, moov, track);
  const told = track.frames > 0 && track.duration > 0 ? Math.min(track.duration, total || track.duration) : total;
  const fps = step > 0 ? clock / step : (frames * clock) / total;
  return videoHeader(file, { frames, width, height, duration: told, fps, timebase: 1 / clock });
}
