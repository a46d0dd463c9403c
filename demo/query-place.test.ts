import { expect, it } from 'vitest';
import { classLabel, createDataset } from '../src/index.js';
import { memoryStore } from '../src/stores.js';
import { messageOf } from './format-text.js';
import { placeOfError, withoutFilter } from './query-place.js';

const marked: readonly (readonly [filter: string, mark: string | undefined])[] = [
  ["labels == 'cat", "'"],
  ['labels = 1', '='],
  ['labels == 1 )', ')'],
  ['labels ==', ''],
  ["labels == 1 'cat'", "'cat'"],
  ['lable == 1', 'lable'],
  ["labels == 'at character 3' ]", ']'],
  ['labels.shape[5] > 1', undefined],
];

it.each(marked)('marks the place of the error in %s', async (filter, mark) => {
  await using ds = await createDataset(memoryStore(), { labels: classLabel(['cat']) });
  await ds.append({ labels: 'cat' });
  const message = messageOf(await ds.filter(filter).catch((error: unknown) => error));
  const place = placeOfError(filter, message);
  expect(place && filter.slice(place.start, place.end)).toBe(mark);
  if (mark === '') expect(place?.start).toBe(filter.length);
  expect(withoutFilter(filter, message)).not.toContain(JSON.stringify(filter));
});
