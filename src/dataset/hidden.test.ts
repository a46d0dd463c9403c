import { expect, test } from 'vitest';
import { classLabel } from '../htype/builders.js';
import { memoryStore } from '../store/memory.js';
import { createDataset } from './create.js';
import { openDataset } from './open.js';

test('a hidden tensor that was loaded has a length, a shape and samples', async () => {
  const store = memoryStore();
  const written = await createDataset(store, { labels: classLabel(['cat', 'dog']) });
  await written.extend([{ labels: 'dog' }, { labels: ['cat', 'dog'] }]);
  await written.close();
  const dataset = await openDataset(store);
  const shapes = await dataset.loadTensor('_labels_shape');
  expect(shapes.length).toBe(2);
  expect(shapes.shape).toEqual([2, 1]);
  expect(await shapes.toArray()).toMatchObject([{ data: new BigInt64Array([1n]) }, { data: new BigInt64Array([2n]) }]);
  expect(dataset.tensors).toEqual(['labels']);
  await dataset.close();
});
