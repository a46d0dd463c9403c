import { expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import type { CodecPool } from './pool.js';
import type { ReadHeader } from './types.js';

/** Calls a function and tells how it ended; errors other than `codec` are thrown. */
async function outcome(action: () => unknown): Promise<string> {
  try {
    await action();
    return 'fine';
  } catch (error) {
    if (isDatasetError(error, 'codec')) return error.data.reason;
    throw error;
  }
}

/** Tests that damaged files of a compression give a `codec` error or an array of the right size, nothing else. */
export function damageContract(
  name: string,
  files: readonly string[],
  load: (file: string) => Promise<Bytes>,
  pool: () => CodecPool,
  header: () => Promise<ReadHeader>,
): void {
  const decode = async (bytes: Bytes): Promise<void> => {
    const { data, shape } = await pool().decode(name, bytes);
    expect(data).toHaveLength(shape.reduce((a, b) => a * b, 1));
  };

  test.each(files)('%s cut at ten places is refused, by header and by decoder', async (file) => {
    const bytes = await load(file);
    const read = await header();
    for (let i = 0; i < 10; i++) {
      const part = bytes.slice(0, Math.floor((bytes.length * i) / 10) + 1);
      expect(await outcome(() => read(part))).not.toBe('fine');
      expect(await outcome(() => decode(part))).not.toBe('fine');
    }
  });

  test.each(files)('%s with flipped bits gives an error or an array of the size it tells', async (file) => {
    const good = await load(file);
    let seed = 1;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    for (let i = 0; i < 300; i++) {
      const bytes = good.slice();
      // Half of them in the header, where they do most.
      const at = random(i % 2 ? Math.min(700, bytes.length) : bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      await outcome(() => decode(bytes));
    }
    await decode(good); // the codec works on
  });

  test('nothing, text and a lone signature are refused', async () => {
    const [file = ''] = files;
    const good = await load(file);
    const read = await header();
    for (const bytes of [new Uint8Array(0), new TextEncoder().encode('not a picture\n'.repeat(9)), good.slice(0, 8)]) {
      expect(await outcome(() => read(bytes))).not.toBe('fine');
      expect(await outcome(() => decode(bytes))).not.toBe('fine');
    }
    expect(await outcome(() => read(new Uint8Array(0)))).toBe('it has 0 bytes');
  });
}
