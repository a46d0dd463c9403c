/**
 * ppm: `P1` to `P6` (bits, grays and RGB, as text or bytes), then width, height and, but for bits, the greatest value.
 * The extensions of Pillow are read, too. Source: the Netpbm manual, pages pbm, pgm and ppm.
 */
import { type Bytes, concatBytes, utf8Encode } from '../util/bytes.js';
import type { FileView } from './file-view.js';
import {
  cannotHold,
  checkSize,
  type Drawing,
  type Mode,
  type Picture,
  packBits,
  packedRow,
  pictureEncoder,
  pictureFormat,
  readBits,
  type Values,
} from './raster.js';

const modesOf: Readonly<Record<string, Mode>> = {
  P1: '1',
  P2: 'L',
  P3: 'RGB',
  P4: '1',
  P5: 'L',
  P6: 'RGB',
  P0CMYK: 'CMYK',
  PyP: 'P',
  PyRGBA: 'RGBA',
  PyCMYK: 'CMYK',
};

const hash = 0x23;
const maxDigits = 10;

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
}

function open(file: FileView): Picture {
  const magic = /^[^ \t-\r]{0,6}/.exec(file.text(0, Math.min(6, file.length)))?.[0] ?? '';
  const declared = modesOf[magic];
  if (!declared) throw file.error('it does not begin like a PPM file');
  const numbers = new NumberReader(file, magic.length);
  const width = numbers.next();
  const height = numbers.next();
  const limit = declared === '1' ? 1 : numbers.next();
  if (limit < 1 || limit > 65535) throw file.error(`its greatest value is ${limit}, expected 1 to 65535`);
  checkSize(file, width, height);
  const { at } = numbers;
  const isText = /^P[123]$/.test(magic);
  if (declared === '1' && !isText) {
    file.need(at + packedRow(width) * height);
    const pixels = () => readBits(file.bytes, at, { width, height, inverted: true });
    return { mode: '1', width, height, pixels };
  }
  const mode: Mode = declared === 'L' && limit > 255 ? 'I' : declared;
  const count = width * height * (mode === 'RGB' ? 3 : mode === 'RGBA' || mode === 'CMYK' ? 4 : 1);
  const wide = limit > 255;
  // A number of a text takes a digit, and a space or line end before the next; a bit may do without.
  file.need(at + count * (isText ? (mode === '1' ? 1 : 2) : wide ? 2 : 1) - (isText && mode !== '1' ? 1 : 0));
  const pixels = (): Values => {
    const out = mode === 'I' ? new Int32Array(count) : new Uint8Array(count);
    const top = mode === '1' ? 1 : mode === 'I' ? 65535 : 255;
    if (!isText && limit === 255) return file.bytes.slice(at, at + count);
    for (let i = 0; i < count; i++) {
      if (mode === '1') out[i] = 1 - numbers.bit();
      else if (isText) out[i] = scaled(numbers.value(limit), limit, top);
      else {
        const from = at + i * (wide ? 2 : 1);
        const high = file.bytes[from] ?? 0;
        out[i] = scaled(wide ? (high << 8) | (file.bytes[from + 1] ?? 0) : high, limit, top);
      }
    }
    return out;
  };
  return { mode, width, height, coded: isText, pixels };
}

/** Stretches a value to 0..top, as Python rounds: halves go to the even side. */
function scaled(value: number, limit: number, top: number): number {
  const exact = (value / limit) * top;
  const rounded = Math.round(exact);
  return Math.min(top, rounded - exact === 0.5 ? rounded - (rounded % 2) : rounded);
}

/** Reads decimal numbers one after another; comments end with their line and may stand inside a number. */
class NumberReader {
  readonly #file: FileView;
  /** Position behind the last number and the one white space that ends it. */
  at: number;

  constructor(file: FileView, at: number) {
    this.#file = file;
    this.at = at;
  }

  /** Steps to the next byte outside comments; undefined at the end. */
  #byte(): number | undefined {
    const { bytes } = this.#file;
    while (bytes[this.at] === hash) {
      while (this.at < bytes.length && bytes[this.at] !== 10 && bytes[this.at] !== 13) this.at++;
      this.at++;
    }
    return bytes[this.at++];
  }

  next(): number {
    let byte = this.#byte();
    while (isSpace(byte)) byte = this.#byte();
    let value = 0;
    let digits = 0;
    for (; byte !== undefined && !isSpace(byte); byte = this.#byte()) {
      if (byte < 48 || byte > 57 || ++digits > maxDigits) throw this.#file.error('it has something else than a number');
      value = value * 10 + byte - 48;
    }
    if (digits === 0) throw this.#file.error(`it is cut off: expected a number at byte ${this.#file.length}`);
    return value;
  }

  value(limit: number): number {
    const value = this.next();
    if (value > limit) throw this.#file.error(`it has the value ${value}, but says that ${limit} is the greatest`);
    return value;
  }

  bit(): number {
    let byte = this.#byte();
    while (isSpace(byte)) byte = this.#byte();
    if (byte !== 48 && byte !== 49) throw this.#file.error('it has something else than 0 and 1, or is cut off');
    return byte - 48;
  }
}

function write({ mode, width, height, data }: Drawing): Bytes {
  const head = (magic: string, limit: string): Bytes => utf8Encode(`${magic}\n${width} ${height}\n${limit}`);
  if (mode === '1') return concatBytes([head('P4', ''), packBits(data, { width, height, inverted: true })]);
  if (mode !== 'I') return concatBytes([head(mode === 'L' ? 'P5' : 'P6', '255\n'), data as Bytes]);
  const values = new Uint8Array(data.length * 2);
  for (const [i, value] of data.entries()) {
    if (value < 0 || value > 65535) throw cannotHold('ppm', `numbers from 0 to 65535; got ${value}`);
    values[2 * i] = value >> 8;
    values[2 * i + 1] = value;
  }
  return concatBytes([head('P5', '65535\n'), values]);
}

/** ppm as a codec, with pbm and pgm. */
export const ppm = pictureFormat('ppm', open, pictureEncoder('ppm', ['1', 'L', 'RGB', 'I'], 2 ** 31 - 1, write));
