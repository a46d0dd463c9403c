/**
 * JPEG frames of 12 bits (extended sequential, processes 2 and 4), equal to libjpeg's in its build for 12 bits.
 *
 * Components stay as they are coded, as in the frames of 8 bits. Source: ITU-T T.81, annexes A and F.
 */
import { cannotDecode, checkFrame, type DecodeFrame, type FrameForm } from './dcm-frame.js';
import { inverseDct12 } from './dcm-jpeg-idct.js';
import { frameError, type JpegComponent, type JpegScan, type JpegStart, walkJpeg } from './dcm-jpeg-scans.js';

// Natural order of the coefficients in a file. Source: T.81, figure A.6.
const zigzag = Uint8Array.from(
  (
    '0 1 8 16 9 2 3 10 17 24 32 25 18 11 4 5 12 19 26 33 40 48 41 34 27 20 13 6 7 14 21 28 ' +
    '35 42 49 56 57 50 43 36 29 22 15 23 30 37 44 51 58 59 52 45 38 31 39 46 53 60 61 54 47 55 62 63'
  ).split(' '),
  Number,
);

interface Plane {
  readonly component: JpegComponent;
  /** Blocks that hold pixels, across and down. */
  readonly across: number;
  readonly down: number;
  readonly values: Uint16Array;
}

/** Decodes a frame of 12 bits. */
export const decodeExtendedJpeg: DecodeFrame = (frame, form) => {
  const planes: Plane[] = [];
  let start: JpegStart | undefined;
  walkJpeg(frame, {
    start(found) {
      check(found, form, frame.length);
      start = found;
      const across = Math.ceil(found.width / 8);
      const down = Math.ceil(found.height / 8);
      for (const component of found.components) {
        planes.push({ component, across, down, values: new Uint16Array(across * down * 64) });
      }
    },
    scan(scan) {
      if (start) decodeScan(scan, planes);
    },
  });
  const { rows, columns, channels } = form;
  const out = new Uint16Array(rows * columns * channels);
  for (const [channel, { values, across }] of planes.entries()) {
    for (let y = 0, to = channel; y < rows; y++) {
      for (let x = 0, from = y * across * 8; x < columns; x++, from++, to += channels) out[to] = values[from] ?? 0;
    }
  }
  return out;
};

function check({ marker, bits, width, height, components }: JpegStart, form: FrameForm, length: number): void {
  if (marker !== 0xc1 && marker !== 0xc0) {
    throw cannotDecode(`JPEG of ${bits} bits in the coding SOF${marker - 0xc0}`, `JPEG coding SOF${marker - 0xc0}`);
  }
  if (bits !== 12) throw frameError(`a frame has ${bits} bits for a value, expected 8 or 12`);
  checkFrame(form, { width, height, bits, components: components.length });
  if (components.length > 1 && components.some(({ h, v }) => h !== components[0]?.h || v !== components[0].v)) {
    throw cannotDecode('JPEG of 12 bits with subsampled colours', 'subsampled JPEG of 12 bits');
  }
  // A block of 8 x 8 takes at least two bits.
  if (Math.ceil(width / 8) * Math.ceil(height / 8) * components.length > 4 * length) {
    throw frameError(`a frame promises ${width} x ${height} pixels in ${length} bytes`);
  }
}

// The scan's first and last coefficient do not count: there are files that name other ones than 0 and 63.
function decodeScan({ members, restart, quantisations, bits }: JpegScan, planes: readonly Plane[]): void {
  const parts = members.map((member) => {
    const plane = planes[member.index];
    const factors = quantisations.get(member.component.quantisation);
    if (!plane || !factors) throw frameError(`quantisation table ${member.component.quantisation} is missing`);
    // Sampling factors count only where components are interleaved.
    const { h, v } = members.length > 1 ? member.component : { h: 1, v: 1 };
    return { ...member, plane, factors, h, v };
  });
  const [lead] = parts;
  if (!lead) return;
  const { across, down } = lead.plane;
  const mcusAcross = Math.ceil(across / lead.h);
  const mcus = mcusAcross * Math.ceil(down / lead.v);
  const predicted = new Int32Array(parts.length);
  const block = new Int32Array(64);
  for (let mcu = 0; mcu < mcus; mcu++) {
    if (restart > 0 && mcu > 0 && mcu % restart === 0) {
      bits.restart();
      predicted.fill(0);
    }
    const top = Math.floor(mcu / mcusAcross);
    const left = mcu % mcusAcross;
    for (const [p, { plane, factors, dc, ac, h, v }] of parts.entries()) {
      for (let i = 0; i < h * v; i++) {
        block.fill(0);
        const category = bits.symbol(dc);
        if (category > 15) throw frameError(`a DC value has ${category} bits, expected at most 15`);
        const direct = (predicted[p] ?? 0) + bits.signed(category);
        predicted[p] = direct;
        block[0] = direct * (factors[0] ?? 0);
        for (let k = 1; k < 64; k++) {
          const symbol = bits.symbol(ac);
          const size = symbol & 15;
          if (size === 0 && symbol !== 0xf0) break; // end of block
          k += symbol >> 4;
          if (k > 63) throw frameError('a block has more than 64 values');
          if (size > 0) block[zigzag[k] ?? 0] = bits.signed(size) * (factors[k] ?? 0);
        }
        const x = left * h + (i % h);
        const y = top * v + Math.floor(i / h);
        if (x < across && y < down) inverseDct12(block, plane.values, y * 64 * across + x * 8, across * 8);
      }
    }
  }
}
