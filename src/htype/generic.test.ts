import { expect, test } from 'vitest';
import { contextWith, refusal } from './context.contract.js';
import { generic } from './generic.js';

test('generic tensors take numbers only', async () => {
  expect(await generic.parse([1, 2], contextWith())).toMatchObject({ kind: 'array', array: { dtype: 'int64' } });
  expect(await generic.parse([1, 2], contextWith({ dtype: 'uint8' }))).toMatchObject({ array: { dtype: 'uint8' } });
  expect(await refusal(() => generic.parse('a', contextWith()))).toMatch('got the string "a"');
  expect(await refusal(() => generic.parse({}, contextWith()))).toMatch('got a Object');
});
