import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bytes, concatBytes } from '../util/bytes.js';
import { heldBytes, noteRead, planChange, readHeld, readValue, wholeValue } from './held-value.js';
import type { Delta } from './pieces.js';
import { within } from './small-changes.contract.js';
import { sumOf, testBytes } from './store.contract.js';

const STAMP = 'chunk/1-2';
const SIZE = 50_000;
const blobOf = (bytes: Bytes): Blob => new Blob([bytes], { type: STAMP });
const edit = fc.record({
  at: fc.nat(SIZE),
  gone: fc.nat(300),
  size: fc.nat(300),
  seed: fc.nat(50),
  range: fc.nat(SIZE),
});

test('a value is what it was made of, after any number of changes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 60 }), fc.boolean(), async (edits, rereads) => {
      const base = testBytes(SIZE);
      const blob = blobOf(base);
      let parts: readonly Bytes[] = [base];
      let held = wholeValue(STAMP, parts);
      let deltas: Delta[] = [];
      for (const { at, gone, size, seed, range } of edits) {
        const length = concatBytes(parts).length;
        const start = Math.min(at, length);
        const next = [
          ...within(parts, 0, start),
          testBytes(size, seed),
          ...within(parts, Math.min(start + gone, length), length),
        ];
        const change = planChange(held, next);
        if (!change) return; // so much has changed that it is stored whole
        deltas = change.replaces ? [change.delta] : [...deltas, change.delta];
        parts = next;
        const whole = concatBytes(parts);
        const read = readValue(blob, deltas);
        for (const value of [change.after, read]) {
          expect([value.size, value.next, value.deltas]).toEqual([whole.length, change.after.next, deltas.length]);
          expect(sumOf(await readHeld(value, blob, 0, Infinity))).toBe(sumOf(whole));
          expect(await readHeld(value, blob, range, range + 500)).toEqual(whole.slice(range, range + 500));
        }
        held = change.after;
        if (rereads && seed % 4 === 0) {
          held = read;
          const bytes = await readHeld(held, blob, 0, Infinity);
          noteRead(held, bytes.buffer);
          parts = [bytes];
        }
      }
      expect(deltas.length).toBeLessThanOrEqual(32);
    }),
    { numRuns: 60 },
  );
});

test('a change costs what is new in it', () => {
  const base = testBytes(SIZE);
  const head = testBytes(39);
  const held = wholeValue(STAMP, [head, base]);
  const change = planChange(held, [head, base.subarray(0, 20_000), testBytes(4, 9), base.subarray(20_004)]);
  expect([change?.delta.bytes, change?.delta.runs.length]).toEqual([testBytes(4, 9), 6]);
  expect(change && heldBytes(change.after)).toBe(4);
});

test('long tables before the data are compared with what they were', () => {
  const tables = testBytes(8000, 3);
  const data = testBytes(SIZE);
  const held = wholeValue(STAMP, [tables, data]);
  const longer = new Uint8Array([...tables.subarray(0, 7), 1, 2, 3, 4, ...tables.subarray(11), ...testBytes(12)]);
  expect(planChange(held, [longer, data])?.delta.bytes.length).toBeLessThan(100);
});

test('much that is new, or unknown, is stored whole', () => {
  const base = testBytes(SIZE);
  const head = testBytes(39);
  const held = wholeValue(STAMP, [head, base]);
  expect(planChange(held, [head, base, testBytes(SIZE / 2)])).toBeUndefined();
  expect(planChange(held, [head, base.slice()])).toBeUndefined();
});

test('deltas of what was stored before are left out', async () => {
  const base = testBytes(SIZE);
  const old = { of: 'chunk/0-0', number: 3, size: 5, runs: new Uint32Array(0), bytes: testBytes(5) };
  const value = readValue(blobOf(base), [old]);
  expect([value.size, value.next, sumOf(await readHeld(value, blobOf(base), 0, Infinity))]).toEqual([
    SIZE,
    0,
    sumOf(base),
  ]);
});
