import { describe, expect, test } from 'vitest';
import { memoryStore } from '../store/memory.js';
import { bytesSample, metaWith, newDraft, nothing } from './chunk.contract.js';
import { fillSize, tilingThreshold } from './limits.js';
import { fitsChunk } from './plan-append.js';

const MB = 1_000_000;

/** Number of samples in each chunk when samples of the given sizes are appended. */
function partition(fields: Parameters<typeof metaWith>[0], sizes: readonly number[]): number[] {
  const draft = newDraft(memoryStore(), { dtype: 'uint8', ...fields });
  const bytes = new Uint8Array(Math.max(...sizes));
  for (const size of sizes) draft.append({ bytes: bytes.subarray(0, size), shape: [size], dtype: 'uint8' });
  const { lasts } = draft.chunkIds();
  return lasts.map((last, row) => last - (lasts[row - 1] ?? -1));
}

const times = (count: number, size: number) => new Array<number>(count).fill(size);

describe('chunks of 3.9.52', () => {
  test('1 MB samples: 8, 8, 4', () => {
    expect(partition({}, times(20, MB))).toEqual([8, 8, 4]);
    expect(partition({ sampleCompression: 'jpeg' }, times(20, MB))).toEqual([8, 8, 4]);
  });

  test('9 MB samples: one for each chunk', () => {
    expect(partition({}, times(3, 9 * MB))).toEqual([1, 1, 1]);
  });

  test('1 MB samples with lz4 by chunk: 16', () => {
    expect(partition({ chunkCompression: 'lz4' }, times(20, MB))).toEqual([16, 4]);
  });

  test('filled to the last byte, and to half of the upper size', () => {
    expect(partition({ maxChunkSize: 20 }, [4, 6, 1, 10, 9, 2])).toEqual([2, 1, 1, 1, 1]);
    expect(partition({ maxChunkSize: 21 }, [10, 1])).toEqual([1, 1]);
    expect(partition({ maxChunkSize: 1 }, [1, 1, 5])).toEqual([1, 1, 1]);
  });

  test('empty samples take no room, before or after others', () => {
    const draft = newDraft(memoryStore(), { dtype: 'uint8', maxChunkSize: 4 });
    for (const sample of [nothing, nothing, bytesSample([1, 2]), nothing, bytesSample([3])]) draft.append(sample);
    expect(draft.chunkIds()).toEqual({ ids: [1n, 2n], lasts: [3, 4] });
  });
});

test('a chunk never reaches the 4 GiB that its tables can count', () => {
  const meta = metaWith({ maxChunkSize: 2 ** 40 });
  expect(fitsChunk(meta, 2 ** 32 - 11, 10)).toBe(true);
  expect(fitsChunk(meta, 2 ** 32 - 10, 10)).toBe(false);
});

test('limits of the metadata, and the defaults', () => {
  expect([fillSize(metaWith()), tilingThreshold(metaWith())]).toEqual([8 * MB, 16 * MB]);
  expect([fillSize(metaWith({ maxChunkSize: 5 })), tilingThreshold(metaWith({ tilingThreshold: 7 }))]).toEqual([2, 7]);
  expect(tilingThreshold(metaWith({ tilingThreshold: -1 }))).toBe(Infinity);
});
