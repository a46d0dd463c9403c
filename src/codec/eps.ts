/**
 * eps: written as Pillow 9.4 writes it, byte for byte; never decoded, since that takes a PostScript interpreter.
 *
 * The file is text: comments that tell the size, a short program that paints one picture, and its pixels row by row from
 * the top in hexadecimal, 39 bytes to a line. Sources: Adobe EPSF 3.0; the output of Pillow, compared in the tests.
 */
import { DatasetError } from '../errors.js';
import { type Bytes, concatBytes, utf8Encode } from '../util/bytes.js';
import { type Drawing, pictureEncoder } from './raster.js';
import type { Codec } from './types.js';

const lineBytes = 39; // so that lines have 78 letters
const maxSide = 2 ** 20; // of no meaning in the format
const digits = utf8Encode('0123456789abcdef');
const newline = 10;

/** The codec: arrays `[height, width]` and `[height, width, 3]` of uint8 are written. */
export const eps: Codec = {
  decode() {
    throw new DatasetError(
      'unsupported',
      'Files of compression "eps" cannot be decoded: one is a program, which needs Ghostscript to run. Read the file with encoded().',
      { feature: 'decoding eps' },
    );
  },
  encode: pictureEncoder('eps', ['L', 'RGB'], maxSide, write),
};

function write({ mode, width, height, data }: Drawing): Bytes {
  const channels = mode === 'RGB' ? 3 : 1;
  const operator = channels === 3 ? 'false 3 colorimage' : 'image';
  const head = `%!PS-Adobe-3.0 EPSF-3.0
%%Creator: PIL 0.1 EpsEncode
%%BoundingBox: 0 0 ${width} ${height}
%%Pages: 1
%%EndComments
%%Page: 1 1
%ImageData: ${width} ${height} 8 ${channels} 0 1 1 "${operator}"
gsave
10 dict begin
/buf ${width * channels} string def
${width} ${height} scale
${width} ${height} 8
[${width} 0 0 -${height} 0 ${height}]
{ currentfile buf readhexstring pop } bind
${operator}
`;
  return concatBytes([utf8Encode(head), hexLines(data), utf8Encode('\n%%%%EndBinary\ngrestore end\n')]);
}

/** Two digits a byte; no line end behind the last line. */
function hexLines(data: Drawing['data']): Bytes {
  const out = new Uint8Array(data.length * 2 + Math.ceil(data.length / lineBytes) - 1);
  for (let i = 0, to = 0; i < data.length; i++) {
    if (i > 0 && i % lineBytes === 0) out[to++] = newline;
    const value = data[i] ?? 0;
    out[to++] = digits[value >> 4] ?? 0;
    out[to++] = digits[value & 15] ?? 0;
  }
  return out;
}
