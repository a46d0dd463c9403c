import { readFile } from 'node:fs/promises';
import { goldenContract } from './golden.contract.js';

goldenContract(async (file) => new Blob([await readFile(new URL(`../e2e/fixtures/golden/${file}`, import.meta.url))]));
