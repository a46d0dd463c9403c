import { decompress } from 'lz4-wasm';
import { lz4 } from '../src/codec/lz4.js';
import type { NdArray } from '../src/format/dtypes.js';
import { type Benchmark, check, seededIndexes } from './benchmark.js';
import { isSame } from './jpegs.js';

const SIDE = 2048;
const OBJECTS = 60;
const REPEATS = 8; // masks to a measurement

/** Boolean masks as lz4 gives them back, against the package that others would call for it. */
export const masksVsLz4Wasm = (): Benchmark => {
  const masks = Array.from({ length: REPEATS }, (_, seed) => mask(seed));
  let blocks: Uint8Array<ArrayBuffer>[] = [];
  return {
    title: `decode of ${SIDE} x ${SIDE} boolean masks in lz4; at least 1,000 MB/s are promised`,
    peerTitle: 'lz4-wasm decompress',
    unit: 'MB/s',
    rounds: 11,
    async prepare() {
      const encoded = masks.map((data): NdArray => ({ dtype: 'bool', shape: [SIDE, SIDE], data }));
      blocks = await Promise.all(encoded.map(async (array) => (await lz4.encode?.(array, {})) ?? new Uint8Array()));
    },
    async measure(side) {
      const decoded: unknown[] = [];
      const start = performance.now();
      for (const block of blocks)
        decoded.push(side === 'ours' ? (await lz4.decode(block, {})).data : decompress(block));
      const seconds = (performance.now() - start) / 1000;
      for (const [i, data] of decoded.entries()) {
        check(data instanceof Uint8Array && isSame(data, masks[i] ?? new Uint8Array()), `mask ${i} of ${side}`);
      }
      return (REPEATS * SIDE * SIDE) / 1e6 / seconds;
    },
  };
};

/** Ellipses with ragged edges, some over others. */
function mask(seed: number): Uint8Array<ArrayBuffer> {
  const next = seededIndexes(seed);
  const data = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < OBJECTS; i++) {
    const [left, top, across, down] = [next(SIDE), next(SIDE), 20 + next(160), 20 + next(160)];
    for (let y = Math.max(0, top - down); y < Math.min(SIDE, top + down); y++) {
      const half = across * Math.sqrt(1 - ((y - top) / down) ** 2) + next(3);
      data.fill(i % 7 === 0 ? 0 : 1, y * SIDE + Math.max(0, left - half), y * SIDE + Math.min(SIDE, left + half));
    }
  }
  return data;
}
