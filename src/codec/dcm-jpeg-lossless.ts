/**
 * Lossless JPEG frames (process 14): differences to one of seven predictions, in Huffman codes.
 *
 * Source: ITU-T T.81, annex H.
 */
import { cannotDecode, checkFrame, type DecodeFrame, type FrameForm } from './dcm-frame.js';
import { frameError, type JpegScan, type JpegStart, walkJpeg } from './dcm-jpeg-scans.js';

const LOSSLESS = 0xc3;

/** Decodes a frame. Values are as coded, also where the data set calls them signed. */
export const decodeLosslessJpeg: DecodeFrame = (frame, form) => {
  const { rows, columns, channels } = form;
  let start: JpegStart | undefined;
  let values = new Uint16Array(0);
  walkJpeg(frame, {
    start(found) {
      check(found, form, frame.length);
      start = found;
      values = new Uint16Array(rows * columns * channels);
    },
    scan(scan) {
      if (start) decodeScan(scan, start, values);
    },
  });
  return values;
};

function check(start: JpegStart, form: FrameForm, length: number): void {
  const { marker, bits, width, height, components } = start;
  if (marker !== LOSSLESS)
    throw frameError(`its coding is SOF${marker - 0xc0}, expected lossless Huffman codes (SOF3)`);
  checkFrame(form, { width, height, bits, components: components.length });
  if (components.some(({ h, v }) => h !== components[0]?.h || v !== components[0].v)) {
    throw cannotDecode('lossless JPEG with subsampled colours', 'subsampled lossless JPEG');
  }
  // A value takes at least one bit.
  if (width * height * components.length > 8 * length) {
    throw frameError(`a frame promises ${width * height * components.length} values in ${length} bytes`);
  }
}

function decodeScan(
  scan: JpegScan,
  { bits: precision, width, height, components }: JpegStart,
  values: Uint16Array,
): void {
  const { members, predictor, shift, restart, bits } = scan;
  if (predictor < 1 || predictor > 7 || shift >= precision) {
    throw frameError(`a scan has predictor ${predictor} and point transform ${shift}`);
  }
  const channels = components.length;
  const stride = width * channels;
  const initial = 1 << (precision - shift - 1);
  let untilRestart = restart;
  let fresh = true; // whether this row is predicted without the one above
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (restart > 0 && untilRestart-- === 0) {
        if (x > 0) throw frameError('a restart marker is inside of a row');
        bits.restart();
        untilRestart = restart - 1;
        fresh = true;
      }
      for (const { index, dc } of members) {
        const at = (y * width + x) * channels + index;
        const category = bits.symbol(dc);
        if (category > 16) throw frameError(`a difference has ${category} bits, expected at most 16`);
        const difference = category === 16 ? 32768 : bits.signed(category);
        let predicted: number;
        if (x === 0) predicted = fresh ? initial : (values[at - stride] ?? 0);
        else if (fresh) predicted = values[at - channels] ?? 0;
        else {
          const left = values[at - channels] ?? 0;
          const above = values[at - stride] ?? 0;
          predicted = predict(predictor, left, above, values[at - stride - channels] ?? 0);
        }
        values[at] = predicted + difference;
      }
    }
    fresh = false;
  }
  if (shift === 0) return;
  for (const { index } of members) {
    for (let at = index; at < values.length; at += channels) values[at] = (values[at] ?? 0) << shift;
  }
}

function predict(predictor: number, left: number, above: number, corner: number): number {
  switch (predictor) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return corner;
    case 4:
      return left + above - corner;
    case 5:
      return left + ((above - corner) >> 1);
    case 6:
      return above + ((left - corner) >> 1);
    default:
      return (left + above) >> 1;
  }
}
