import { afterAll } from 'vitest';
import { createCodecPool } from './codec/pool.js';
import { goldenContract } from './golden.contract.js';

const codecs = createCodecPool({ size: 2 });
afterAll(() => codecs.close());

goldenContract(async (file) => (await fetch(`/e2e/fixtures/golden/${file}`)).blob(), codecs);
