import { readFile } from 'node:fs/promises';
import { goldenContract } from './golden.contract.js';

goldenContract(async (file) => {
  const bytes = await readFile(new URL(`../e2e/fixtures/golden/${file}`, import.meta.url));
  return new Blob([new Uint8Array(bytes)]);
});
