import UPNG from 'upng-js';
import { png } from '../src/codec/png.js';
import { type Benchmark, check, seededIndexes } from './benchmark.js';
import { isSame } from './jpegs.js';

const WIDTH = 1920;
const HEIGHT = 1280;

/** A PNG file of 8-bit RGB to pixels, on the thread of the page, against upng-js. */
export const pngVsUpng = (): Benchmark => {
  const pixels = picture();
  let file = new Uint8Array();
  return {
    title: `decode of one ${WIDTH} x ${HEIGHT} RGB PNG, megabytes of pixels`,
    peerTitle: 'upng-js, UPNG.decode to raw pixels',
    unit: 'MB/s',
    rounds: 9,
    async prepare() {
      file = (await png.encode?.({ dtype: 'uint8', shape: [HEIGHT, WIDTH, 3], data: pixels }, {})) ?? file;
      check(file.length > pixels.length / 4, 'the picture is not like a photo');
    },
    async measure(side) {
      const start = performance.now();
      const decoded = side === 'ours' ? (await png.decode(file, {})).data : UPNG.decode(file.buffer).data;
      const seconds = (performance.now() - start) / 1000;
      // upng-js leaves a byte behind the pixels for each row.
      check(decoded instanceof Uint8Array && isSame(decoded.subarray(0, pixels.length), pixels), `pixels of ${side}`);
      return pixels.length / 1e6 / seconds;
    },
  };
};

/** Shades with edges and the grain of a camera, stripes across or down in some parts: all filters of PNG come up. */
function picture(): Uint8Array<ArrayBuffer> {
  const next = seededIndexes(7);
  const stripes = Array.from({ length: WIDTH }, () => next(90));
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    const part = (y >> 5) % 4;
    for (let x = 0; x < WIDTH; x++) {
      const edge = (x * 3 + y * 2) % 700 < 350 ? 30 : 0;
      const stripe = part === 0 ? (stripes[x] ?? 0) : part === 1 ? (stripes[y] ?? 0) : part === 2 ? x % 64 : 0;
      const shade = 80 + 45 * Math.sin(x / 190 + y / 310) + 15 * Math.sin(x / 37 - y / 53) + edge + stripe;
      const grain = next(7) - 3;
      for (let c = 0; c < 3; c++) data[at++] = shade + grain + next(4) - c * 9;
    }
  }
  return data;
}
