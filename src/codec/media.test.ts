import { readFile } from 'node:fs/promises';
import media from '../../e2e/fixtures/media/media.json' with { type: 'json' };
import { mediaContract } from './media.contract.js';
import { createCodecPool } from './pool.js';

const folder = new URL('../../e2e/fixtures/media/', import.meta.url);
const pool = createCodecPool();

mediaContract(
  'inline in Node',
  media,
  async (name) => new Uint8Array(await readFile(new URL(name, folder))),
  () => pool,
);
