import { describe, expect, test } from 'vitest';
import { createDataset } from '../index.js';
import { memoryStore } from '../stores.js';
import { classLabel } from './builders.js';
import { countClasses, mergeClasses, renameClass } from './class-names.js';

const info = { class_names: ['cat', 'kitten', 'dog', 'tomcat'], note: 1 };
const labels = (...numbers: number[]) =>
  ({ dtype: 'uint32', shape: [numbers.length], data: Uint32Array.from(numbers) }) as const;

describe('renameClass', () => {
  test('changes one name, and no label', () => {
    expect(renameClass(info, 'dog', 'hound')).toEqual({ class_names: ['cat', 'kitten', 'hound', 'tomcat'] });
    expect(renameClass(info, 'dog', 'dog')).toEqual({ class_names: info.class_names });
    expect(info.class_names[2]).toBe('dog');
  });

  test('unknown and taken names are refused', () => {
    expect(() => renameClass(info, 'cow', 'x')).toThrow(
      'There is no class "cow". Classes are cat, kitten, dog, tomcat.',
    );
    expect(() => renameClass(info, 'dog', 'cat')).toThrow(/a class "cat" already; mergeClasses/);
    expect(() => renameClass({}, 'cow', 'x')).toThrow(/not named/);
  });
});

describe('mergeClasses', () => {
  test('moves the labels behind the merged ones', () => {
    const merged = mergeClasses(info, ['kitten', 'tomcat', 'cat'], 'cat');
    expect(merged.info).toEqual({ class_names: ['cat', 'dog'] });
    expect(merged.labels).toEqual([0, 0, 1, 0]);
    expect(merged.relabel(labels(0, 1, 2, 3, 4))).toEqual(labels(0, 0, 1, 0, 2));
    const mask = { dtype: 'int64', shape: [1, 2], data: new BigInt64Array([3n, 2n]) } as const;
    expect(merged.relabel(mask)).toEqual({ ...mask, data: new BigInt64Array([0n, 1n]) });
    expect(mergeClasses(info, ['cat'], 'tomcat').labels).toEqual([2, 0, 1, 2]);
  });

  test('unknown names are refused', () => {
    expect(() => mergeClasses(info, ['cow'], 'cat')).toThrow('no class "cow"');
    expect(() => mergeClasses(info, ['cat'], 'cow')).toThrow('no class "cow"');
  });

  test('as its docblock says, on a tensor', async () => {
    const ds = await createDataset(memoryStore(), { labels: classLabel() }, { autoFlush: false });
    const tensor = ds.tensor('labels');
    await tensor.extend([['cat', 'kitten'], 'dog', 'tomcat', null]);
    const merged = mergeClasses(await tensor.info.get(), ['kitten', 'tomcat'], 'cat');
    for (let row = 0; row < tensor.length; row++) await tensor.set(row, merged.relabel(await tensor.at(row)));
    await tensor.info.update(merged.info);
    expect((await tensor.toArray()).map(({ names }) => names)).toEqual([['cat', 'cat'], ['dog'], ['cat'], []]);
    expect(countClasses(await tensor.info.get(), await tensor.toArray())).toEqual([
      { label: 0, name: 'cat', count: 3 },
      { label: 1, name: 'dog', count: 1 },
    ]);
    await ds.close();
  });
});

test('countClasses counts every class, and labels beyond them', () => {
  expect(countClasses(info, [labels(0, 2, 2), labels(9), labels()])).toEqual([
    { label: 0, name: 'cat', count: 1 },
    { label: 1, name: 'kitten', count: 0 },
    { label: 2, name: 'dog', count: 2 },
    { label: 3, name: 'tomcat', count: 0 },
    { label: 9, name: undefined, count: 1 },
  ]);
});
