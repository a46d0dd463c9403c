import { afterAll } from 'vitest';
import media from '../../e2e/fixtures/media/media.json' with { type: 'json' };
import { mediaContract } from './media.contract.js';
import { createCodecPool } from './pool.js';

const workers = createCodecPool({ size: 2 });
const inline = createCodecPool({ size: 0 });
afterAll(() => {
  workers.close();
  inline.close();
});

async function load(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(`/e2e/fixtures/media/${name}`)).arrayBuffer());
}

mediaContract('in workers', media, load, () => workers);
mediaContract('inline in the page', media, load, () => inline);
