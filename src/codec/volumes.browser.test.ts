import { afterAll } from 'vitest';
import volumes from '../../e2e/fixtures/media/volumes.json' with { type: 'json' };
import { createCodecPool } from './pool.js';
import { volumesContract } from './volumes.contract.js';

const pool = createCodecPool({ size: 1 });
afterAll(() => pool.close());

volumesContract(
  'in a worker of Chromium',
  volumes,
  async (name) => {
    const response = await fetch(`/e2e/fixtures/media/${name}`);
    // The server names .gz as the encoding of the response, and so the browser unpacks it.
    const body = name.endsWith('.gz') ? response.body?.pipeThrough(new CompressionStream('gzip')) : response.body;
    return new Uint8Array(await new Response(body ?? null).arrayBuffer());
  },
  () => pool,
);
