import { expect, test } from 'vitest';
import { createDataset } from '../index.js';
import { memoryStore } from '../stores.js';

// A file of its own: the codec is loaded once for all tests of a file, and here nothing has loaded it before.
test('a new tensor with lz4 by sample takes samples at once', async () => {
  const ds = await createDataset(memoryStore());
  const labels = await ds.createTensor('labels', { htype: 'class_label', sampleCompression: 'lz4' });
  await labels.extend(['a', ['b', 'a', 'b']] as never);
  expect(await labels.at(1)).toMatchObject({ names: ['b', 'a', 'b'] });
  await ds.close();
});
