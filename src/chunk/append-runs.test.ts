import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryStore } from '../store/memory.js';
import { concatBytes } from '../util/bytes.js';
import { bytesSample, metaWith, newDraft, nothing } from './chunk.contract.js';
import { u8, withCompanions } from './draft.contract.js';
import { fitsChunk, roomInChunk } from './plan-append.js';

/** Everything that a store holds; of the chunks of random ids only the length. */
async function contents(store: ReturnType<typeof memoryStore>): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for await (const key of store.list('')) {
    const bytes = await store.get(key);
    found[key] = key.startsWith('_x_id/chunks/') ? bytes?.length : bytes;
  }
  return found;
}

describe('TensorDraft.appendRuns', () => {
  test('stores the same as samples that are appended one by one', async () => {
    const run = fc.record({ size: fc.integer({ min: 0, max: 9 }), count: fc.integer({ min: 1, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 8 }), fc.integer({ min: 1, max: 60 }), async (runs, maxChunkSize) => {
        const [single, many] = [memoryStore(), memoryStore()].map((into) => ({ into, ...withCompanions(into) }));
        if (!single || !many) throw new Error('two drafts are needed');
        for (const { main } of [single, many]) {
          main.changeMeta({ maxChunkSize });
          main.append(bytesSample([1, 2, 3])); // decides the dimensions
        }
        let next = 0;
        const samples = runs.flatMap(({ size, count }) =>
          Array.from({ length: count }, () => Uint8Array.from({ length: size }, () => next++ % 251)),
        );
        for (const bytes of samples) single.main.append(bytes.length > 0 ? bytesSample(bytes) : nothing);
        const given = runs.map(({ size, count }) => ({ shape: [size], itemBytes: size, count }));
        many.main.appendRuns(concatBytes(samples), given);
        expect(many.main.pendingBytes).toBe(single.main.pendingBytes);
        expect(many.main.meta).toEqual(single.main.meta);
        for (const { draft } of [single, many]) await draft.flush();
        const stored = await contents(single.into);
        expect(Object.keys(stored).length).toBeGreaterThan(8);
        expect(await contents(many.into)).toEqual(stored);
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  test('empty samples do not go into a chunk that a large one has filled', () => {
    const draft = newDraft(memoryStore(), { ...u8, maxChunkSize: 8 });
    draft.append(bytesSample([1, 2, 3, 4, 5, 6]));
    draft.appendRuns(new Uint8Array(0), [{ shape: [0], itemBytes: 0, count: 3 }]);
    expect(draft.chunkIds()).toEqual({ ids: [1n, 2n], lasts: [0, 3] });
  });
});

test('roomInChunk counts the equal samples that fitsChunk lets in', () => {
  const options = [null, 'lz4'] as const;
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.nat(12),
      fc.nat(60),
      fc.constantFrom(...options),
      (dataBytes, sampleBytes, maxChunkSize, chunkCompression) => {
        const meta = metaWith({ maxChunkSize, chunkCompression });
        let count = 0;
        while (count < 200 && fitsChunk(meta, dataBytes + count * sampleBytes, sampleBytes)) count++;
        expect(roomInChunk(meta, dataBytes, sampleBytes)).toBe(count === 200 ? Infinity : count);
      },
    ),
  );
});
