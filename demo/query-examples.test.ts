import { expect, it } from 'vitest';
import { bbox, classLabel, createDataset, text } from '../src/index.js';
import { memoryStore } from '../src/stores.js';
import { queryExamples, rowOrders, tensorFacts } from './query-examples.js';

it('gives filters and orders that run on the dataset they were made for', async () => {
  await using ds = await createDataset(memoryStore(), {
    'animals/labels': classLabel(["cat's", 'dog']),
    boxes: bbox(),
    captions: text(),
  });
  await ds.extend([
    { 'animals/labels': "cat's", boxes: [[0, 0, 1, 1]], captions: '' },
    { 'animals/labels': null, boxes: null, captions: 'nothing' },
  ]);
  const facts = await tensorFacts(ds);
  const found = await Promise.all(
    queryExamples(facts).map(async ({ filter }) => [filter, [...(await ds.filter(filter)).indices]]),
  );
  expect(found).toEqual([
    ["animals.labels == 'cat\\'s' and boxes.shape[0] > 0", [0]],
    ["animals.labels == 'cat\\'s'", [0]],
    ['animals.labels.size == 0', [1]],
    ['boxes.shape[0] > 0', [0]],
    ["captions != ''", [1]],
  ]);
  const orders = await Promise.all(
    rowOrders(facts).map(async ({ key, descending }) => [...(await ds.view().sortBy(key, { descending })).indices]),
  );
  expect(orders).toEqual([
    [0, 1],
    [1, 0],
    [0, 1],
    [1, 0],
  ]);
});
