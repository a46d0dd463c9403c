/**
 * Walks sequential Huffman-coded JPEG files that libjpeg-turbo's build refuses: of 12 bits, and lossless.
 *
 * Source: ITU-T T.81, annexes B, F and H.
 */
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';
import { type HuffmanTable, readHuffmanTables, ScanBits } from './jpeg-bits.js';
import { scanEnd } from './jpeg-planes.js';

/** One component in the frame header. */
export interface JpegComponent {
  readonly id: number;
  /** Sampling factors, 1 to 4. */
  readonly h: number;
  readonly v: number;
  /** Number of its quantisation table. */
  readonly quantisation: number;
}

/** The frame header. */
export interface JpegStart {
  /** The frame's marker without FF: C0, C1, C3 … */
  readonly marker: number;
  readonly bits: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
}

/** One component in a scan. */
export interface ScanMember {
  /** Its place in the frame header. */
  readonly index: number;
  readonly component: JpegComponent;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

/** A scan, with the tables that are in force. */
export interface JpegScan {
  readonly members: readonly ScanMember[];
  /** Which prediction lossless files make. */
  readonly predictor: number;
  /** The point transform of lossless files: how many bits were cut off. */
  readonly shift: number;
  /** MCUs between restart markers; 0: there are none. */
  readonly restart: number;
  /** Factors in the order of the file (zigzag), by number of the table. */
  readonly quantisations: ReadonlyMap<number, Uint16Array>;
  readonly bits: ScanBits;
}

/** What a walk calls. */
export interface JpegVisitor {
  /** Gets the frame header, before any scan; throws when it is not what is wanted. */
  start(start: JpegStart): void;
  /** Gets each scan. */
  scan(scan: JpegScan): void;
}

/** Makes the error of a coded frame. */
export function frameError(reason: string): ReturnType<typeof fileError> {
  return fileError('dcm', reason);
}

/** Walks a file up to its end mark. @throws {DatasetError} `codec` when it is damaged, or lacks a component */
export function walkJpeg(bytes: Bytes, visitor: JpegVisitor): void {
  const huffman = new Map<number, HuffmanTable>(); // by class << 4 | id
  const quantisations = new Map<number, Uint16Array>();
  const seen = new Set<number>();
  let start: JpegStart | undefined;
  let restart = 0;
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw frameError('a frame does not begin like a JPEG file');
  for (let at = 2; ; ) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    if (marker === 0xd9 && bytes[at] === 0xff) break;
    const end = at + 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
    if (bytes[at] !== 0xff || marker === undefined || end < at + 4 || end > bytes.length) {
      throw frameError(`the segments of a frame are damaged at byte ${at} of ${bytes.length}`);
    }
    const segment = bytes.subarray(at + 4, end);
    at = end;
    if (marker === 0xc4) readHuffmanTables(segment, huffman);
    else if (marker === 0xdb) readQuantisations(segment, quantisations);
    else if (marker === 0xdd) restart = ((segment[0] ?? 0) << 8) | (segment[1] ?? 0);
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) {
      if (start) throw frameError('a frame has two headers');
      start = readStart(segment, marker);
      visitor.start(start);
    } else if (marker === 0xda) {
      if (!start) throw frameError('the pixels of a frame begin before their size is told');
      const stop = scanEnd(bytes, at);
      const scan = readScan(segment, start, huffman);
      for (const { index } of scan.members) {
        if (seen.has(index)) throw frameError(`component ${index} of a frame comes twice`);
        seen.add(index);
      }
      visitor.scan({ ...scan, restart, quantisations, bits: new ScanBits(bytes.subarray(at, stop)) });
      at = stop;
    }
  }
  if (!start || seen.size !== start.components.length) {
    throw frameError(`expected ${start?.components.length ?? 1} components of a frame, got ${seen.size}`);
  }
}

function readStart(segment: Bytes, marker: number): JpegStart {
  const [bits = 0, h1 = 0, h0 = 0, w1 = 0, w0 = 0, count = 0] = segment;
  if (count < 1 || count > 4 || segment.length < 6 + 3 * count) throw frameError('the header of a frame is damaged');
  const components = Array.from({ length: count }, (_, i): JpegComponent => {
    const [id = 0, sampling = 0, quantisation = 0] = segment.subarray(6 + 3 * i);
    return { id, h: sampling >> 4, v: sampling & 15, quantisation };
  });
  if (components.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) {
    throw frameError('the sampling factors of a frame are invalid');
  }
  return { marker, bits, width: (w1 << 8) | w0, height: (h1 << 8) | h0, components };
}

function readQuantisations(segment: Bytes, tables: Map<number, Uint16Array>): void {
  for (let at = 0; at < segment.length; ) {
    const key = segment[at++] ?? 0;
    const size = key >> 4 ? 2 : 1;
    if (at + 64 * size > segment.length) throw frameError('a quantisation table is cut off');
    const factor = (k: number): number => {
      const from = at + k * size;
      return size === 1 ? (segment[from] ?? 0) : ((segment[from] ?? 0) << 8) | (segment[from + 1] ?? 0);
    };
    tables.set(
      key & 15,
      Uint16Array.from({ length: 64 }, (_, k) => factor(k)),
    );
    at += 64 * size;
  }
}

function readScan(
  segment: Bytes,
  { components }: JpegStart,
  huffman: ReadonlyMap<number, HuffmanTable>,
): Omit<JpegScan, 'restart' | 'quantisations' | 'bits'> {
  const count = segment[0] ?? 0;
  if (count < 1 || count > 4 || segment.length !== 4 + 2 * count) throw frameError('the header of a scan is damaged');
  const members = Array.from({ length: count }, (_, i): ScanMember => {
    const [id = 0, tables = 0] = segment.subarray(1 + 2 * i);
    const index = components.findIndex((component) => component.id === id);
    const component = components[index];
    if (!component) throw frameError(`a scan is of component ${id}, which there is not`);
    return { index, component, dc: huffman.get(tables >> 4), ac: huffman.get(16 | (tables & 15)) };
  });
  const [predictor = 0, , approximation = 0] = segment.subarray(1 + 2 * count);
  return { members, predictor, shift: approximation & 15 };
}
