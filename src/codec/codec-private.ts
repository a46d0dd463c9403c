/**
 * Finds what decoders of older codecs need beside the frames: mediabunny tells it of those that browsers decode only.
 *
 * Source: ISO/IEC 14496-12 §8.5.2 (stsd), ISO/IEC 14496-14 §5.6 and 14496-1 §7.2.6 (esds), RFC 9559 §5.1.4.
 */
import type { ByteSource } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { FileView, fileError } from './file-view.js';

/** A codec by its four letters in AVI, and what a decoder needs first. */
export interface CodecPrivate {
  readonly fourcc: string;
  readonly extra: Bytes | undefined;
}

// Descriptions have some hundred bytes, and cover pictures beside them some hundred kB.
const MAX_BYTES = 4_194_304;

/** Reads the description of the first video track of an MP4 or Matroska file; undefined when it has none. */
export async function readCodecPrivate(compression: string, source: ByteSource): Promise<CodecPrivate | undefined> {
  return compression === 'mkv' ? readMkv(source) : readMp4(source);
}

async function part(compression: string, source: ByteSource, start: number, end: number): Promise<FileView> {
  if (end - start > MAX_BYTES || end > source.size)
    throw fileError(compression, `its description has ${end - start} bytes, expected ${MAX_BYTES} at most`);
  return new FileView(await source.read(start, end), compression, { bigEndian: true });
}

interface Span {
  readonly type: string;
  readonly at: number;
  readonly end: number;
}

/** The boxes of `[start, end)`, by their heads alone. */
async function* boxes(source: ByteSource, start: number, end: number): AsyncGenerator<Span, void, undefined> {
  for (let at = start; at + 8 <= end; ) {
    const head = await part('mp4', source, at, Math.min(at + 16, end));
    const short = head.u32(0);
    const length = short === 1 ? head.u64(8) : short === 0 ? end - at : short;
    const next = at + length;
    if (length < 8 || next > end) return; // the demuxer has told of it
    yield { type: head.text(4, 4), at: at + (short === 1 ? 16 : 8), end: next };
    at = next;
  }
}

async function find(source: ByteSource, parent: Span, ...path: string[]): Promise<Span | undefined> {
  let span: Span | undefined = parent;
  for (const type of path) {
    let found: Span | undefined;
    for await (const box of boxes(source, span.at, span.end)) {
      if (box.type !== type) continue;
      found = box;
      break;
    }
    if (!found) return undefined;
    span = found;
  }
  return span;
}

async function readMp4(source: ByteSource): Promise<CodecPrivate | undefined> {
  const moov = await find(source, { type: '', at: 0, end: source.size }, 'moov');
  for await (const trak of moov ? boxes(source, moov.at, moov.end) : []) {
    if (trak.type !== 'trak') continue;
    const handler = await find(source, trak, 'mdia', 'hdlr');
    if (!handler || !(await part('mp4', source, handler.at, handler.end)).has('vide', 8)) continue;
    const stsd = await find(source, trak, 'mdia', 'minf', 'stbl', 'stsd');
    return stsd && describe(await part('mp4', source, stsd.at, stsd.end));
  }
  return undefined;
}

// MPEG-4 registration authority: object types of video.
const objectTypes: readonly (readonly [from: number, to: number, fourcc: string])[] = [
  [0x20, 0x20, 'FMP4'],
  [0x60, 0x65, 'MPG2'],
  [0x6a, 0x6a, 'MPG1'],
  [0x6c, 0x6c, 'MJPG'],
];

/** The first entry of a sample description box: 8 bytes before it, 86 of its own, then boxes. */
function describe(stsd: FileView): CodecPrivate {
  const fourcc = stsd.text(12, 4);
  const end = Math.min(stsd.length, 8 + stsd.u32(8));
  for (let at = 94; at + 8 <= end; ) {
    const length = stsd.u32(at);
    if (length < 8) break;
    if (stsd.has('esds', at + 4)) return readEsds(stsd, at + 12, fourcc);
    at += length;
  }
  return { fourcc: fourcc === 'jpeg' ? 'MJPG' : fourcc, extra: undefined };
}

/** Descriptors are a tag, a length of 7 bits in each byte, and content; 3 holds 4, which holds 5. */
function readEsds(file: FileView, start: number, fourcc: string): CodecPrivate {
  let name = fourcc;
  let extra: Bytes | undefined;
  for (let at = start; at < file.length && !extra; ) {
    const tag = file.u8(at++);
    let length = 0;
    for (let byte = 128; byte & 128; ) {
      byte = file.u8(at++);
      length = length * 128 + (byte & 127);
    }
    if (tag === 3) at += 3;
    else if (tag === 4) {
      const type = file.u8(at);
      name = objectTypes.find(([from, to]) => type >= from && type <= to)?.[2] ?? name;
      at += 13;
    } else if (tag === 5) extra = file.slice(at, at + length);
    else at += length;
  }
  return { fourcc: name, extra };
}

const mkvNames: readonly (readonly [RegExp, string])[] = [
  [/^V_MPEG4\/ISO\//, 'FMP4'],
  [/^V_MPEG4\/MS\/V3$/, 'DIV3'],
  [/^V_MPEG2$/, 'MPG2'],
  [/^V_MPEG1$/, 'MPG1'],
  [/^V_MJPEG$/, 'MJPG'],
];

/** An element of Matroska: its content is `[at, end)` of the file, cut at the limit that was given. */
export interface Element {
  readonly id: number;
  readonly at: number;
  readonly end: number;
}

/** The element at a position of a view. `id` is above 2^32 for what is none. @param base - where the view begins in the file */
export function elementIn(view: FileView, at: number, base: number, limit: number): Element {
  const number = (from: number, keepsMark: boolean): { readonly value: number; readonly bytes: number } => {
    const bytes = Math.clz32(view.u8(from)) - 23;
    let value = keepsMark ? view.u8(from) : view.u8(from) & (255 >> bytes);
    let isOpen = value === 255 >> bytes;
    for (let i = 1; i < bytes; i++) {
      isOpen &&= view.u8(from + i) === 255;
      value = value * 256 + view.u8(from + i);
    }
    return { value: isOpen && !keepsMark ? Infinity : value, bytes };
  };
  const id = number(at, true);
  const length = number(at + id.bytes, false);
  const start = base + at + id.bytes + length.bytes;
  return { id: id.value, at: start, end: Math.min(start + length.value, limit) };
}

async function readMkv(source: ByteSource): Promise<CodecPrivate | undefined> {
  const { size } = source;
  for (let at = 0; at + 2 <= size; ) {
    const head = await part('mkv', source, at, Math.min(at + 12, size));
    const element = elementIn(head, 0, at, size);
    if (element.id === 0x1654ae6b) return trackIn(await part('mkv', source, element.at, element.end)); // Tracks
    if (element.id === 0x1f43b675) return undefined; // Cluster: tracks come before
    at = element.id === 0x18538067 ? element.at : element.end; // Segment
  }
  return undefined;
}

function trackIn(tracks: FileView): CodecPrivate | undefined {
  for (let at = 0; at < tracks.length; ) {
    const entry = elementIn(tracks, at, 0, tracks.length);
    let type = 0;
    let name = '';
    let extra: Bytes | undefined;
    for (let field = entry.at; entry.id === 0xae && field < entry.end; ) {
      const { id, at: start, end } = elementIn(tracks, field, 0, entry.end);
      if (id === 0x83) type = tracks.u8(start);
      else if (id === 0x86) name = tracks.cString(start, end - start);
      else if (id === 0x63a2) extra = tracks.slice(start, end);
      field = end;
    }
    at = entry.end;
    if (type !== 1) continue;
    // The picture header of AVI, with what the decoder needs behind it.
    if (name === 'V_MS/VFW/FOURCC' && extra && extra.length >= 40)
      return { fourcc: String.fromCharCode(...extra.subarray(16, 20)), extra: extra.slice(40) };
    return { fourcc: mkvNames.find(([pattern]) => pattern.test(name))?.[1] ?? name.slice(0, 4), extra };
  }
  return undefined;
}
