import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repair, verify } from '../repair.js';
import { copyOf, keysOf, readable, sampleDataset } from './damage.contract.js';

const good = await sampleDataset(3);
const keys = await keysOf(good);
const whole = await readable(good);

// A key, then what happens to it: nothing left, a tail cut off, or bytes changed.
const damage = fc.record({
  key: fc.nat(keys.length - 1),
  kind: fc.constantFrom('delete', 'cut', 'change', 'change'),
  places: fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 6 }),
});

test('random damage is reported, mended without loss, and never thrown', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
      const store = await copyOf(good);
      for (const { key: index, kind, places } of damages) {
        const key = keys[index] ?? '';
        const bytes = (await store.get(key))?.slice();
        if (!bytes || kind === 'delete') {
          await store.write([{ key, bytes: null }]);
          continue;
        }
        for (const [at, value] of places) bytes[at % Math.max(bytes.length, 1)] = value;
        const [cutAt] = places[0] ?? [0];
        await store.write([{ key, bytes: kind === 'cut' ? bytes.subarray(0, cutAt % (bytes.length + 1)) : bytes }]);
      }
      await verify(store, { deep: true });
      const before = await readable(store);
      const { remaining } = await repair(store);
      const after = await readable(store);
      for (const [sample, value] of before) {
        // Damage may have brought an older value up; its mending brings back the right one.
        const right = after.get(sample) === whole.get(sample) ? whole.get(sample) : value;
        expect(`${sample}: ${after.get(sample)}`).toBe(`${sample}: ${right}`);
      }
      expect(remaining.filter(({ level, repairable }) => level === 'error' && repairable)).toEqual([]);
      const report = await verify(store);
      expect(report.findings.filter(({ level, repairable }) => level === 'error' && repairable)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('a good dataset has nothing to mend', async () => {
  const store = await copyOf(good);
  const report = await verify(store, { deep: true });
  expect(report.findings).toEqual([]);
  expect(await repair(store)).toEqual({ actions: [], remaining: [], changed: 0 });
});
