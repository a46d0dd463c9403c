/**
 * Finds the coded frames of an AVI file, reading no more than headers and indexes.
 *
 * Frames are chunks `00dc` in `movi` lists. They are listed by `idx1` (with flags for key frames), by the OpenDML
 * indexes `indx` and `ix00` of files above 1 GB, or by nothing: then the lists are walked.
 * Source: AVI RIFF File Reference (Microsoft), OpenDML AVI 1.02 §3.
 */
import type { ByteSource } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { FileView, fileError } from './file-view.js';

/** A coded frame in the file. */
export interface AviChunk {
  /** First byte of the frame. */
  readonly at: number;
  /** Bytes; 0 repeats the frame before. */
  readonly length: number;
  /** Whether the index calls it a key frame; undefined without an index. */
  readonly key: boolean | undefined;
}

/** The video stream of an AVI file. */
export interface AviVideo {
  readonly width: number;
  readonly height: number;
  /** Frames in a second are `rate / scale`. */
  readonly rate: number;
  readonly scale: number;
  /** Four letters of the codec. */
  readonly fourcc: string;
  /** What stands behind the picture header, for decoders. */
  readonly extra: Bytes | undefined;
  readonly chunks: readonly AviChunk[];
}

// Headers are some kB, and junk beside them.
const MAX_HEADER = 4_194_304;
const MAX_DEPTH = 8;

interface Stream {
  readonly index: number;
  readonly isVideo: boolean;
  readonly rate: number;
  readonly scale: number;
  format?: FileView;
  index2?: FileView; // indx
}

/** A list of frames: its chunks are `[at, end)`; offsets of idx1 count from 4 bytes before. */
interface Movi {
  readonly at: number;
  readonly end: number;
}

/** Reads what the headers and indexes of an AVI file tell. @throws {DatasetError} `codec` */
export async function readAvi(source: ByteSource): Promise<AviVideo> {
  const streams: Stream[] = [];
  const lists: Movi[] = [];
  let idx1: FileView | undefined;
  const head = await viewAt(source, 0, Math.min(12, source.size));
  head.expect(head.has('RIFF', 0) && head.has('AVI ', 8), 'an AVI file');
  for (let riff = 0; riff + 12 <= source.size; ) {
    const top = await viewAt(source, riff, riff + 12);
    const next = riff + 8 + top.u32(4);
    if (!top.has('RIFF', 0)) break;
    for (let at = riff + 12; at + 8 <= Math.min(next, source.size); ) {
      const chunk = await viewAt(source, at, Math.min(at + 12, source.size));
      const length = chunk.u32(4);
      const end = at + 8 + length;
      if (chunk.has('movi', 8)) lists.push({ at: at + 12, end: Math.min(end, source.size) });
      else if (chunk.has('hdrl', 8)) readStreams(await headerAt(source, at + 12, end), streams);
      else if (chunk.has('idx1', 0)) idx1 ??= await viewAt(source, at + 8, Math.min(end, source.size));
      at = end + (length & 1);
    }
    riff = next + (next & 1);
  }
  const video = streams.find(({ isVideo }) => isVideo);
  const { format } = video ?? {};
  if (!video || !format) throw fileError('avi', 'it has no video stream');
  if (lists.length === 0) throw fileError('avi', 'it ends before its frames');
  if (video.rate === 0 || video.scale === 0) throw fileError('avi', 'it does not tell its frame rate');
  const chunks = await listChunks(source, video, lists, idx1);
  checkChunks(source, chunks);
  const { rate, scale } = video;
  const size = Math.min(format.length, Math.max(40, format.u32(0)));
  const extra = format.length > 40 ? format.slice(40, Math.max(size, format.length)) : undefined;
  const [width, height] = [format.i32(4), Math.abs(format.i32(8))];
  return { width, height, rate, scale, fourcc: format.text(16, 4), extra, chunks };
}

async function viewAt(source: ByteSource, start: number, end: number): Promise<FileView> {
  return new FileView(await source.read(start, end), 'avi');
}

async function headerAt(source: ByteSource, start: number, end: number): Promise<FileView> {
  if (end > source.size) throw fileError('avi', `it is cut off: expected at least ${end} bytes, got ${source.size}`);
  if (end - start > MAX_HEADER)
    throw fileError('avi', `its header has ${end - start} bytes, expected ${MAX_HEADER} at most`);
  return viewAt(source, start, end);
}

function readStreams(file: FileView, streams: Stream[]): void {
  const walk = (start: number, end: number, depth: number): void => {
    for (let at = start; at + 8 <= end; ) {
      const length = file.u32(at + 4);
      const next = file.need(at + 8 + length);
      if (file.has('LIST', at)) {
        if (depth < MAX_DEPTH) walk(at + 12, next, depth + 1);
      } else if (file.has('strh', at)) {
        const isVideo = file.has('vids', at + 8);
        streams.push({ index: streams.length, isVideo, scale: file.u32(at + 28), rate: file.u32(at + 32) });
      } else {
        const stream = streams.at(-1);
        const body = (): FileView => new FileView(file.slice(at + 8, next), 'avi');
        if (stream && length > 0 && file.has('strf', at)) stream.format ??= body();
        else if (stream && length > 0 && file.has('indx', at)) stream.index2 ??= body();
      }
      at = next + (length & 1);
    }
  };
  walk(0, file.length, 0);
}

async function listChunks(
  source: ByteSource,
  stream: Stream,
  lists: readonly Movi[],
  idx1: FileView | undefined,
): Promise<AviChunk[]> {
  if (stream.index2) {
    const chunks = await readIndx(source, stream.index2);
    if (chunks.length > 0) return chunks;
  }
  if (idx1) {
    const chunks = await readIdx1(source, stream.index, lists, idx1);
    if (chunks.length > 0) return chunks;
  }
  const chunks: AviChunk[] = [];
  for (const { at, end } of lists) await walkList(source, stream.index, at, end, chunks);
  return chunks;
}

/** An OpenDML index: of type 0 it lists others, of type 1 frames. */
async function readIndx(source: ByteSource, index: FileView, depth = 0): Promise<AviChunk[]> {
  const entries = index.u32(4);
  const type = index.u8(3);
  const step = type === 0 ? 16 : 8;
  index.need(24 + entries * step);
  const chunks: AviChunk[] = [];
  if (type === 0) {
    for (let i = 0; i < entries && depth === 0; i++) {
      const at = index.u64(24 + i * step);
      const length = index.u32(24 + i * step + 8);
      if (length <= 8 || at + length > source.size) throw fileError('avi', `its index ${i} is not inside the file`);
      for (const chunk of await readIndx(source, await viewAt(source, at + 8, at + length), 1)) chunks.push(chunk);
    }
    return chunks;
  }
  const base = index.u64(12);
  for (let i = 0, at = 24; i < entries; i++, at += step) {
    const length = index.u32(at + 4);
    chunks.push({ at: base + index.u32(at), length: length & 0x7fffffff, key: length < 0x80000000 });
  }
  return chunks;
}

async function readIdx1(
  source: ByteSource,
  stream: number,
  lists: readonly Movi[],
  idx1: FileView,
): Promise<AviChunk[]> {
  const own = String(stream).padStart(2, '0');
  const found: AviChunk[] = [];
  for (let at = 0; at + 16 <= idx1.length; at += 16) {
    if (!isFrame(idx1, at, own)) continue;
    found.push({ at: idx1.u32(at + 8) + 8, length: idx1.u32(at + 12), key: (idx1.u32(at + 4) & 16) !== 0 });
  }
  // Offsets count from the name of the list or, by some writers, from the start of the file: the first frame tells.
  const [first] = found;
  for (const base of first ? [(lists[0]?.at ?? 0) - 4, 0] : []) {
    const at = base + (first?.at ?? 0) - 8;
    if (at < 0 || at + 8 > source.size) continue;
    const view = await viewAt(source, at, at + 8);
    if (isFrame(view, 0, own)) return found.map((chunk) => ({ ...chunk, at: chunk.at + base }));
  }
  return [];
}

/** Lists the frames of `[start, end)` by their headers, also inside of `rec ` lists. What is cut off ends the list. */
async function walkList(
  source: ByteSource,
  stream: number,
  start: number,
  end: number,
  chunks: AviChunk[],
): Promise<void> {
  const own = String(stream).padStart(2, '0');
  for (let at = start; at + 8 <= end; ) {
    const view = await viewAt(source, at, at + 8);
    if (view.has('LIST', 0)) {
      at += 12;
      continue;
    }
    const length = view.u32(4);
    if (isFrame(view, 0, own)) {
      if (at + 8 + length > end) return;
      chunks.push({ at: at + 8, length, key: undefined });
    }
    at += 8 + length + (length & 1);
  }
}

function isFrame(view: FileView, at: number, stream: string): boolean {
  return view.has(stream, at) && /^d[bc]$/.test(view.text(at + 2, 2));
}

function checkChunks(source: ByteSource, chunks: readonly AviChunk[]): void {
  let total = 0;
  for (const [i, { at, length }] of chunks.entries()) {
    total += length;
    if (at + length > source.size)
      throw fileError('avi', `it is cut off: frame ${i} ends at byte ${at + length} of ${source.size}`);
  }
  if (total > source.size) throw fileError('avi', `its frames are to have ${total} bytes, of ${source.size}`);
  if (chunks.length === 0) throw fileError('avi', 'it has no frames');
}
