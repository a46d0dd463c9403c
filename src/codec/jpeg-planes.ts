/**
 * Splits a JPEG file into one gray JPEG file for each component, without touching a coefficient.
 *
 * libjpeg-turbo's WebAssembly refuses four components but decodes gray exactly. Scans of one component are copied as they
 * are. In an interleaved scan the blocks are found by their Huffman codes; the bits of their AC values are copied, and the
 * DC differences are written anew in the order that a single component has. Source: ITU-T T.81, annexes A, F and G.
 */
import { type Bytes, concatBytes } from '../util/bytes.js';
import { BitWriter, type HuffmanTable, readHuffmanTables, ScanBits } from './jpeg-bits.js';
import { jpegError } from './jpeg-header.js';

/** One component as a file of its own. */
export interface JpegPlane {
  /** Pixels of the plane: fewer than the image has where the component is subsampled. */
  readonly width: number;
  readonly height: number;
  /** Factors by which the plane is smaller. */
  readonly scaleX: number;
  readonly scaleY: number;
  readonly file: Bytes;
}

/** The planes of a file, and the colour transform that its Adobe segment tells (undefined without one). */
export interface JpegPlanes {
  readonly planes: readonly JpegPlane[];
  readonly adobeTransform: number | undefined;
}

interface Component {
  readonly id: number;
  readonly h: number;
  readonly v: number;
  /** Blocks of the plane on its own, across and down. */
  readonly across: number;
  readonly down: number;
  readonly plane: Omit<JpegPlane, 'file'>;
  /** The segments and scans of its file. */
  readonly parts: Bytes[];
}

interface Frame {
  readonly components: readonly Component[];
  readonly mcusAcross: number;
  readonly mcusDown: number;
}

/** One component in a scan, with its Huffman tables. */
interface Member {
  readonly component: Component;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
  readonly acId: number;
}

/** Splits a file whose header has been checked. @throws {DatasetError} `codec` when its structure is damaged. */
export function splitJpeg(bytes: Bytes): JpegPlanes {
  const tables = new Map<number, HuffmanTable>(); // by class << 4 | id
  const before: Bytes[] = []; // table segments ahead of the frame header
  let frame: Frame | undefined;
  let restart = 0;
  let adobeTransform: number | undefined;
  let at = 2;
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    const end = at + 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
    if (marker === 0xd9) break;
    if (bytes[at] !== 0xff || marker === undefined || end < at + 4 || end > bytes.length) {
      throw jpegError(`its segments are damaged at byte ${at} of ${bytes.length}`);
    }
    const whole = bytes.subarray(at, end);
    const segment = bytes.subarray(at + 4, end);
    at = end;
    if (marker === 0xdb || marker === 0xc4 || marker === 0xdd) {
      if (marker === 0xc4) readHuffmanTables(segment, tables);
      if (marker === 0xdd) restart = ((segment[0] ?? 0) << 8) | (segment[1] ?? 0);
      if (frame) for (const { parts } of frame.components) parts.push(whole);
      else before.push(whole);
    } else if (marker >= 0xc0 && marker <= 0xc2) {
      frame = readFrame(segment, marker, before);
    } else if (marker === 0xee && String.fromCharCode(...segment.subarray(0, 5)) === 'Adobe') {
      adobeTransform = segment[11];
    } else if (marker === 0xda) {
      if (!frame) throw jpegError('its pixels begin before their size is told');
      const stop = scanEnd(bytes, at);
      splitScan(frame, tables, restart, whole, bytes.subarray(at, stop));
      at = stop;
    }
  }
  if (!frame) throw jpegError('it has no frame header');
  const finish = ({ plane, parts }: Component): JpegPlane => ({
    ...plane,
    file: concatBytes([...parts, segmentOf(0xd9)]),
  });
  return { planes: frame.components.map(finish), adobeTransform };
}

function segmentOf(marker: number, content?: readonly number[]): Bytes {
  if (!content) return Uint8Array.of(0xff, marker);
  return Uint8Array.of(0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255, ...content);
}

function readFrame(segment: Bytes, marker: number, before: readonly Bytes[]): Frame {
  const [precision = 8, h1 = 0, h0 = 0, w1 = 0, w0 = 0, count = 0] = segment;
  const [height, width] = [(h1 << 8) | h0, (w1 << 8) | w0];
  const raw = Array.from({ length: count }, (_, i) => {
    const [id = 0, sampling = 0, table = 0] = segment.subarray(6 + 3 * i);
    return { id, h: sampling >> 4, v: sampling & 15, table };
  });
  const maxH = Math.max(...raw.map(({ h }) => h));
  const maxV = Math.max(...raw.map(({ v }) => v));
  if (raw.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) throw jpegError('its sampling factors are invalid');
  const components = raw.map(({ id, h, v, table }): Component => {
    const w = Math.ceil((width * h) / maxH);
    const tall = Math.ceil((height * v) / maxV);
    const header = segmentOf(marker, [precision, tall >> 8, tall & 255, w >> 8, w & 255, 1, id, 0x11, table]);
    const plane = { width: w, height: tall, scaleX: maxH / h, scaleY: maxV / v };
    const parts = [segmentOf(0xd8), ...before, header];
    return { id, h, v, across: Math.ceil(w / 8), down: Math.ceil(tall / 8), plane, parts };
  });
  return { components, mcusAcross: Math.ceil(width / 8 / maxH), mcusDown: Math.ceil(height / 8 / maxV) };
}

/** Position of the marker after entropy-coded data: FF that is not followed by 00 or a restart marker. */
export function scanEnd(bytes: Bytes, start: number): number {
  for (let at = start; ; at += 2) {
    at = bytes.indexOf(0xff, at);
    const next = at < 0 ? undefined : bytes[at + 1];
    if (next === undefined) throw jpegError(`it is cut off after ${bytes.length} bytes`);
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at;
  }
}

function splitScan(frame: Frame, tables: Map<number, HuffmanTable>, restart: number, header: Bytes, data: Bytes): void {
  const count = header[4] ?? 0;
  const members = Array.from({ length: count }, (_, i): Member => {
    const [id = 0, selectors = 0] = header.subarray(5 + 2 * i);
    const component = frame.components.find((each) => each.id === id);
    if (!component) throw jpegError(`a scan is of component ${id}, which there is not`);
    const acId = selectors & 15;
    return { component, dc: tables.get(selectors >> 4), ac: tables.get(16 | acId), acId };
  });
  const [single] = members;
  if (!single || header.length !== 8 + 2 * count) throw jpegError('a scan header is damaged');
  if (count === 1) {
    single.component.parts.push(header, data);
    return;
  }
  const [first = 0, last = 0, approximation = 0] = header.subarray(5 + 2 * count);
  const bits = new ScanBits(data);
  const read = members.map(({ component }) => new PlaneBlocks(component.across * component.down));
  let untilRestart = restart;
  for (let my = 0; my < frame.mcusDown; my++) {
    for (let mx = 0; mx < frame.mcusAcross; mx++) {
      if (restart > 0 && untilRestart-- === 0) {
        bits.restart();
        for (const blocks of read) blocks.predicted = 0;
        untilRestart = restart - 1;
      }
      members.forEach((member, m) => {
        const { h, v, across, down } = member.component;
        for (let y = my * v; y < (my + 1) * v; y++) {
          for (let x = mx * h; x < (mx + 1) * h; x++) {
            read[m]?.read(bits, member, last > 0, approximation >> 4 > 0, x < across && y < down ? y * across + x : -1);
          }
        }
      });
    }
  }
  const dcId = [3, 2, 1, 0].find((id) => !tables.has(id));
  if (dcId === undefined) throw jpegError('it uses all four DC tables at once');
  members.forEach((member, m) => {
    const { component, acId } = member;
    const out = new BitWriter();
    read[m]?.write(bits, out, approximation >> 4 > 0);
    component.parts.push(
      segmentOf(0xdd, [0, 0]),
      segmentOf(0xc4, plainDcTable(dcId)),
      segmentOf(0xda, [1, component.id, (dcId << 4) | acId, first, last, approximation]),
      out.finish(),
      segmentOf(0xdd, [restart >> 8, restart & 255]),
    );
  });
}

// Twelve codes of 4 bits: the code of each DC category 0-11 is its number.
function plainDcTable(id: number): number[] {
  return [id, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...Array(12).keys()];
}

/** The blocks of one component in an interleaved scan. */
class PlaneBlocks {
  /** DC of the block before, in the order of the file. */
  predicted = 0;
  /** DC of each block (in a refining scan: its bit), in the order of the plane. */
  readonly #dc: Int16Array;
  /** First bit and number of bits of each block's AC values. */
  readonly #acStart: Uint32Array;
  readonly #acBits: Uint16Array;

  constructor(count: number) {
    this.#dc = new Int16Array(count);
    this.#acStart = new Uint32Array(count);
    this.#acBits = new Uint16Array(count);
  }

  /** Reads the next block; `index` is its place in the plane, negative for filling beyond the edge. */
  read(bits: ScanBits, { dc, ac }: Member, withAc: boolean, refining: boolean, index: number): void {
    let value: number;
    if (refining) {
      value = bits.take(1);
    } else {
      const category = bits.symbol(dc);
      if (category > 11) throw jpegError(`a DC value has ${category} bits, expected at most 11`);
      this.predicted += bits.signed(category);
      value = this.predicted;
    }
    const start = bits.position;
    for (let k = 1; withAc && k < 64; k++) {
      const symbol = bits.symbol(ac);
      if (symbol === 0) break; // end of block
      k += symbol >> 4;
      bits.skip(symbol & 15);
    }
    if (index < 0) return;
    this.#dc[index] = value;
    this.#acStart[index] = start;
    this.#acBits[index] = bits.position - start;
  }

  /** Writes the blocks in the order of the plane. */
  write(bits: ScanBits, out: BitWriter, refining: boolean): void {
    let before = 0;
    for (const [i, dc] of this.#dc.entries()) {
      if (refining) {
        out.put(dc, 1);
        continue;
      }
      const difference = dc - before;
      before = dc;
      const category = 32 - Math.clz32(Math.abs(difference));
      if (category > 11) throw jpegError(`a DC difference has ${category} bits, expected at most 11`);
      out.put(category, 4);
      out.put(difference < 0 ? difference + (1 << category) - 1 : difference, category);
      bits.copy(this.#acStart[i] ?? 0, this.#acBits[i] ?? 0, out);
    }
  }
}
