import { describe, expect, test } from 'vitest';
import { bbox } from './bbox.js';
import { contextWith, refusal } from './context.contract.js';

describe('boxes', () => {
  const boxes = contextWith({ htype: 'bbox', dtype: 'float32' });

  test('are rows of four', async () => {
    const value = await bbox.parse([[10, 20, 64.5, 48]], boxes);
    expect(value).toEqual({
      kind: 'array',
      array: { dtype: 'float32', shape: [1, 4], data: new Float32Array([10, 20, 64.5, 48]) },
    });
    bbox.checkShape?.([1, 4], boxes);
    bbox.checkShape?.([0, 4], boxes);
    for (const empty of [null, undefined, []]) expect(bbox.parse(empty, boxes)).toEqual({ kind: 'empty' });
    expect(await bbox.parse(new Int32Array(4), boxes)).toMatchObject({ array: { dtype: 'float32' } }); // values decide
  });

  test('of another form are refused', async () => {
    const said = await refusal(() => bbox.checkShape?.([2, 3], boxes));
    expect(said).toBe(
      'Tensor "t" (bbox), row 7: got shape (2, 3). Pass boxes of four numbers each, shape (boxes, 4), such as [[10, 20, 64, 48]].',
    );
    for (const shape of [[4], [1, 5], [1, 1, 4], [0]])
      expect(await refusal(() => bbox.checkShape?.(shape, boxes))).toMatch('four numbers each');
    expect(await refusal(() => bbox.parse([[1, 2, 3, 1e39]], boxes))).toMatch('got 1e+39 at position 3');
    expect(await refusal(() => bbox.parse('1,2,3,4', boxes))).toMatch('got the string "1,2,3,4"');
  });
});
