import { afterAll } from 'vitest';
import small from '../../e2e/fixtures/media/small/small.json' with { type: 'json' };
import { createCodecPool } from './pool.js';
import { smallContract } from './small.contract.js';

const workers = createCodecPool({ size: 2 });
afterAll(() => workers.close());

async function load(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(`/e2e/fixtures/media/small/${name}`)).arrayBuffer());
}

smallContract('in workers', small, load, () => workers);
