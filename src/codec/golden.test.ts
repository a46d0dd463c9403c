import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from './media.contract.js';
import { createCodecPool } from './pool.js';

// A folder of datasets that the real Deep Lake wrote, with what it reads from them; not part of the repository.
const golden = process.env.LAKELET_GOLDEN;

interface Sample {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sha256: string;
  readonly stored_sha256?: string;
  readonly stored_len?: number;
}
interface Tensor {
  readonly key: string;
  readonly sample_compression: string | null;
  readonly samples: readonly Sample[];
}

describe.skipIf(!golden).each(['images_sample', 'images_files', 'arrays_lz4'])('%s of Deep Lake', (dataset) => {
  const pool = createCodecPool();
  const file = join(golden ?? '', `${dataset}.expected.json`);
  const expected = golden ? JSON.parse(readFileSync(file, 'utf8')) : { states: {} };
  const tensors: Tensor[] = Object.values<{ tensors: Record<string, Tensor> }>(expected.states).flatMap((state) =>
    Object.values(state.tensors).filter(({ sample_compression: name }) => name && /^(jpeg|png|lz4)$/.test(name)),
  );

  test.each(tensors.map((tensor): [string, Tensor] => [tensor.key, tensor]))('%s', async (key, tensor) => {
    const folder = join(golden ?? '', dataset, key, 'chunks');
    const [chunk] = readdirSync(folder);
    const bytes = new Uint8Array(readFileSync(join(folder, chunk ?? '')));
    // The samples are the end of the chunk, one after another.
    let at = bytes.length - tensor.samples.reduce((sum, { stored_len: length = 0 }) => sum + length, 0);
    for (const { stored_len: length = 0, ...sample } of tensor.samples) {
      const stored = bytes.slice(at, at + length);
      at += length;
      if (sample.stored_sha256 !== undefined) expect(await sha256(stored)).toBe(sample.stored_sha256);
      if (length === 0) continue;
      const { data } = await pool.decode(tensor.sample_compression ?? '', stored);
      const raw = sample.dtype === 'uint16' && data instanceof Int32Array ? Uint16Array.from(data) : data;
      expect(await sha256(new Uint8Array(raw.buffer))).toBe(sample.sha256);
    }
  });
});
