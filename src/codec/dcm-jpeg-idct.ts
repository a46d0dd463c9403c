/**
 * The inverse DCT of 8 x 8 values of 12 bits in whole numbers, with the roundings of libjpeg's accurate method.
 *
 * The method is that of Loeffler, Ligtenberg and Moschytz (1989), first down the columns, then along the rows. libjpeg
 * keeps 13 bits behind the point in its constants, and 1 bit of the first pass where samples have 12 bits.
 */

const CONSTANT_BITS = 13;
const PASS_BITS = 1;
const CENTRE = 2048;
const MAX = 4095;

const fixed = (value: number): number => Math.round(value * 2 ** CONSTANT_BITS);
// Sums of cosines c(k) = cos(kπ/16) times √2, as the paper's figure 1 combines them.
const F0298 = fixed(0.298631336);
const F0390 = fixed(0.39018064);
const F0541 = fixed(0.5411961);
const F0765 = fixed(0.765366865);
const F0899 = fixed(0.899976223);
const F1175 = fixed(1.175875602);
const F1501 = fixed(1.50132111);
const F1847 = fixed(1.847759065);
const F1961 = fixed(1.96157056);
const F2053 = fixed(2.053119869);
const F2562 = fixed(2.562915447);
const F3072 = fixed(3.072711026);

const work = new Int32Array(64);
const line = new Int32Array(8);

/**
 * Transforms a block and writes it as samples of 0 to 4095.
 *
 * @param block - 64 values in natural order, dequantised. @param stride - values from a row of `to` to the next.
 */
export function inverseDct12(block: Int32Array, to: Uint16Array, at: number, stride: number): void {
  for (let column = 0; column < 8; column++) {
    transform(block, column, 8, CONSTANT_BITS - PASS_BITS);
    for (let i = 0; i < 8; i++) work[i * 8 + column] = line[i] ?? 0;
  }
  for (let row = 0; row < 8; row++) {
    transform(work, row * 8, 1, CONSTANT_BITS + PASS_BITS + 3);
    for (let i = 0; i < 8; i++) to[at + row * stride + i] = Math.min(Math.max((line[i] ?? 0) + CENTRE, 0), MAX);
  }
}

/** One dimension, into {@link line}; results are divided by `2 ** shift` and rounded. */
function transform(from: Int32Array, at: number, step: number, shift: number): void {
  const value = (i: number): number => from[at + i * step] ?? 0;
  // Even part: values 0, 2, 4 and 6.
  const turned = Math.imul(value(2) + value(6), F0541);
  const even2 = turned - Math.imul(value(6), F1847);
  const even3 = turned + Math.imul(value(2), F0765);
  const even0 = (value(0) + value(4)) << CONSTANT_BITS;
  const even1 = (value(0) - value(4)) << CONSTANT_BITS;
  const [e0, e3, e1, e2] = [even0 + even3, even0 - even3, even1 + even2, even1 - even2];
  // Odd part: values 7, 5, 3 and 1.
  const [v7, v5, v3, v1] = [value(7), value(5), value(3), value(1)];
  const cross = Math.imul(v7 + v3 + v5 + v1, F1175);
  const a = -Math.imul(v7 + v1, F0899);
  const b = -Math.imul(v5 + v3, F2562);
  const c = cross - Math.imul(v7 + v3, F1961);
  const d = cross - Math.imul(v5 + v1, F0390);
  const o0 = Math.imul(v7, F0298) + a + c;
  const o1 = Math.imul(v5, F2053) + b + d;
  const o2 = Math.imul(v3, F3072) + b + c;
  const o3 = Math.imul(v1, F1501) + a + d;
  const half = 1 << (shift - 1);
  line[0] = (e0 + o3 + half) >> shift;
  line[7] = (e0 - o3 + half) >> shift;
  line[1] = (e1 + o2 + half) >> shift;
  line[6] = (e1 - o2 + half) >> shift;
  line[2] = (e2 + o1 + half) >> shift;
  line[5] = (e2 - o1 + half) >> shift;
  line[3] = (e3 + o0 + half) >> shift;
  line[4] = (e3 - o0 + half) >> shift;
}
