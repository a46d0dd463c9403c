import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { changeBack, goneBack, isAfter, type KeyChange, parseRecord, serializeRecord } from './undo-records.js';
import { noSteps, parseSteps, type Steps, serializeSteps, stepBytes, withMoved, withPart } from './undo-steps.js';

const limits = { steps: 4, bytes: 1000 };
const part = (id: number, bytes = 10) => ({ id, bytes, crc: id });
const added = (steps: Steps, bytes = 10, joins?: number) =>
  withPart(steps, part(steps.next, bytes), { label: `${steps.next}`, time: 5, joins }, limits);
const labels = ({ done, undone }: Steps) => [done, undone].map((side) => side.map(({ label }) => label).join(''));

describe('lists of steps', () => {
  it('grow, and forget the oldest', () => {
    let steps = noSteps();
    for (let n = 0; n < 6; n++) steps = added(steps);
    expect(labels(steps)).toEqual(['2345', '']);
    expect(labels(added(steps, 980))).toEqual(['456', '']); // 10 + 10 + 980 bytes
    expect(labels(added(steps, 990))).toEqual(['56', '']);
    expect(labels(added(steps, 991))).toEqual(['6', '']);
  });

  it('join what belongs together, until it is too much', () => {
    let steps = added(added(noSteps()), 400);
    steps = added(steps, 500, 1);
    expect([labels(steps), steps.done.map(stepBytes)]).toEqual([
      ['01', ''],
      [10, 900],
    ]);
    expect(labels(added(steps, 20, 0))).toEqual(['013', '']); // the first is not the last: a step of its own
    expect(added(steps, 101, 1)).toEqual(noSteps(4));
  });

  it('move from side to side', () => {
    let steps = added(added(added(noSteps())));
    steps = withMoved(steps, 'done', part(3), limits);
    steps = withMoved(steps, 'done', part(4), limits);
    expect(labels(steps)).toEqual(['0', '21']);
    expect(labels(withMoved(steps, 'undone', part(5), limits))).toEqual(['01', '2']);
    expect(labels(withMoved(steps, 'done', part(5, 995), limits))).toEqual(['', '0']); // the farthest go
    expect(labels(withMoved(steps, 'done', undefined, limits))).toEqual(['', '']);
    expect(labels(withMoved(steps, 'undone', undefined, limits))).toEqual(['', '2']);
    expect(labels(added(steps))).toEqual(['05', '']);
    expect(withMoved(noSteps(7), 'done', part(7), limits)).toEqual(noSteps(7));
  });

  it('are read as they were written; damage is `corrupt`', () => {
    const steps = withMoved(added(added(noSteps())), 'done', part(2), limits);
    const bytes = serializeSteps(steps);
    expect(parseSteps(bytes, 'k')).toEqual(steps);
    const text = new TextDecoder().decode(bytes);
    const wrong = [
      ['"version":1', '"version":2'],
      ['"next":3', '"next":1'],
      ['"next":3', '"next":-3'],
      ['"id":0', '"id":2'],
      ['"time":5', '"time":"5"'],
      ['"label":"0"', '"label":0'],
      ['"done":[', '"done":{}, "x":['],
      ['"bytes":10', '"bytes":1.5'],
      [/"parts":\[.*?\]/, '"parts":[]'],
      [/.$/, ''],
    ] as const;
    for (const [from, to] of wrong) {
      const damaged = text.replace(from, to);
      expect(damaged).not.toBe(text);
      expect(() => parseSteps(new TextEncoder().encode(damaged), 'k')).toThrow(/Cannot read k/);
    }
    for (const other of ['null', '[]', '7', '', '{}'])
      expect(() => parseSteps(new TextEncoder().encode(other), 'k')).toThrow(/Cannot read k/);
  });
});

describe('records of changes', () => {
  const value = fc.option(fc.uint8Array({ maxLength: 60 }), { nil: undefined });

  it('lead back from any value to any other', () => {
    const check = fc.property(fc.array(fc.tuple(value, value), { maxLength: 5 }), (pairs) => {
      const copies = pairs.map((pair) => pair.map((bytes) => bytes?.slice())) as [Bytes?, Bytes?][];
      const changes = copies.flatMap(([before, after], i) => changeBack(`a/k${i}`, before, after ?? null) ?? []);
      const read = parseRecord(serializeRecord(changes), 'r');
      expect(read).toEqual(changes);
      for (const [i, [before, after]] of copies.entries()) {
        const change = read.find(({ key }) => key === `a/k${i}`);
        if (!change) expect(before).toEqual(after);
        else {
          expect(isAfter(change, after)).toBe(true);
          expect(isAfter(change, before)).toBe(false);
          expect(goneBack(change, after)).toEqual(before);
        }
      }
    });
    fc.assert(check, { seed: 99, numRuns: 300 });
  });

  it('take values in parts', () => {
    const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
    for (const before of [undefined, Uint8Array.of(9)]) {
      const change = changeBack('k', before, [a, b]);
      if (!change) throw new Error('no change');
      expect(isAfter(change, Uint8Array.of(1, 2, 3))).toBe(true);
      expect(goneBack(change, Uint8Array.of(1, 2, 3))).toEqual(before);
    }
    expect(changeBack('k', Uint8Array.of(1, 2, 3), [a, b])).toBeUndefined();
    expect(changeBack('k', undefined, null)).toBeUndefined();
  });

  it('that are damaged are `corrupt`, or say the same', () => {
    const changes = [
      changeBack('a', Uint8Array.of(1, 2, 3), Uint8Array.of(1, 3)),
      changeBack('b/c', undefined, Uint8Array.of(7)),
      changeBack('d', Uint8Array.of(5), null),
    ].flatMap((change) => change ?? []);
    const bytes = serializeRecord(changes);
    const read = (damaged: Bytes): KeyChange[] | undefined => {
      try {
        return parseRecord(damaged, 'r');
      } catch (error) {
        expect(isDatasetError(error, 'corrupt')).toBe(true);
        return undefined;
      }
    };
    for (let cut = 0; cut < bytes.length; cut++) expect(read(bytes.slice(0, cut))).toBeUndefined();
    expect(read(new Uint8Array([...bytes, 0]))).toBeUndefined();
    for (let bit = 0; bit < bytes.length * 8; bit++)
      read(bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))); // throws nothing else
    for (const key of ['../x', '.lakelet/undo/x', '', 'a//b']) {
      const change: KeyChange = { key, now: { length: 1, crc: 1 }, delta: undefined };
      expect(read(serializeRecord([change]))).toBeUndefined();
    }
  });
});
