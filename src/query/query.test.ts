import { describe, expect, test } from 'vitest';
import { type Column, compile, isTrue, type Operand, type SampleWindow } from './evaluate.js';
import { parseExpression, tensorsOf } from './parse.js';

function sample(
  values: ArrayLike<number | bigint | string>,
  shape: number[] = [values.length],
  more: object = {},
): SampleWindow {
  return { kind: 'sample', data: values, start: 0, end: values.length, shape, ...more };
}

const names = ['cat', 'dog', 'emu'];
const row: Readonly<Record<string, Operand>> = {
  labels: sample([0, 2], [2], { names }),
  label: sample([1], [1], { names }),
  boxes: sample([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]),
  score: sample([0.25], [1], { info: { format: 'png', shape: [2, 2] } }),
  big: sample([2n ** 60n], [1]),
  empty: sample([], [0]),
  caption: sample(['a red car'], [1]),
  'train/x': sample([7], [1]),
  meta: { source: 'web', tags: ['a', 'b'] },
};

const columns = new Map<string, Column>(Object.entries(row).map(([name, value]) => [name, () => value]));

function evaluate(text: string): Operand {
  return compile(parseExpression(text, [...columns.keys()]), columns)();
}
const holds = (text: string): boolean => isTrue(evaluate(text));

describe('expressions', () => {
  test.each([
    "labels == 'cat'", // contains
    "labels != 'dog'",
    "not labels == 'unknown'",
    "labels == ['cat', 'emu']", // the same set
    "not labels == ['cat']",
    "labels in ['dog', 'emu']",
    "'emu' in labels and 2 in labels",
    "'dog' not in labels",
    "labels.contains('cat')",
    "label[0] == 'dog'",
    'label == 1 and label == True',
    'boxes.shape[0] >= 2 and boxes.shape == [2, 4]',
    'boxes[1][2] == 7 and boxes[-1][0] == 5',
    'boxes.max == 8 and boxes.min == 1 and boxes.mean == 4.5 and boxes.size == 8',
    'boxes[0] == (1, 2, 3, 4)',
    '0 < score < 0.5',
    'not (0.3 < score < 0.5)',
    'score * 4 == 1 and -score == -0.25 and 1 - score > 0.7',
    '(boxes * 2).max == 16 and (boxes + boxes).min == 2',
    '2 ** 3 ** 2 == 512 and -2 ** 2 == -4',
    '7 // 2 == 3 and -7 // 2 == -4 and -7 % 3 == 2 and 7 % -3 == -2',
    'big == 1152921504606846976',
    'empty.size == 0 and not empty.min < 5 and not empty == 3',
    "'red' in caption[0] and caption == 'a red car'",
    "caption > 'a' and caption < 'b'",
    'train.x == 7',
    "meta['source'] == 'web' and 'a' in meta['tags'] and meta['tags'][-1] == 'b' and 'source' in meta",
    "score.sample_info['format'] == 'png' and score.sample_info['shape'][1] == 2",
    'True or boxes < 3', // the right side is not looked at
    'score and not empty.size',
    "\"it\\'s\" == 'it\\'s'",
    '1_000 == 1e3 and .5 == 0.5',
    'None == None and None != 0',
    '[] == [] and not []',
  ])('%s', (text) => {
    expect(holds(text)).toBe(true);
  });

  test.each([
    ['labels <', /the end where a tensor, a number/],
    ['labels == "cat', /character 11, which begins nothing/],
    ['labels ; 1', /";" at character 8/],
    ['(1, 2', /"\)" is expected/],
    ['labels.foo', /"foo" at character 8 where one of min, max/],
    ['import os', /"import", which is no tensor. Tensors are labels/],
    ['__import__("os")', /no tensor/],
    ['len(boxes)', /no tensor/],
    ['labels.__class__', /one of min/],
    ['1 2', /"2" at character 3 where the end/],
    ['label < "cat"', /Class names have no order/],
    ['boxes < 3', /8 items where one is compared/],
    ['boxes', /8 items/],
    ['empty > 1', /0 items/],
    ['boxes[2]', /2 items; there is none at 2/],
    ['boxes + labels', /one size, got 8 and 2/],
    ['meta < 1', /compares two numbers/],
    ['meta["no"]', /no key/],
    ['"a" + 1', /computes with numbers/],
    ['1 in 2', /looks into a sample/],
    ['(1).min', /Only samples/],
    ['', /the end/],
    [`${'('.repeat(200)}1${')'.repeat(200)}`, /nested at most 100/],
    [`${'not '.repeat(200)}1`, /nested at most 100/],
    [`1${' + 1'.repeat(3000)}`, /at most 10000 characters/],
  ])('%s is refused', (text, message) => {
    expect(() => holds(text)).toThrow(message);
  });

  test('name the tensors that they speak of', () => {
    const expression = parseExpression("labels == 'cat' and (boxes[0].max > 2 or train.x in [score])", [
      ...columns.keys(),
    ]);
    expect(tensorsOf(expression)).toEqual(['labels', 'boxes', 'train/x', 'score']);
  });
});
