import { describe, expect, it } from 'vitest';
import { createDataset, generic, openDataset, text } from '../index.js';
import { memoryStore } from '../stores.js';

const root = 'https://data.example/sets/one/';

/** A server that holds a dataset of many samples of 1 kB, and a list of what it was asked for. */
async function server() {
  const store = memoryStore();
  const ds = await createDataset(store, { big: generic({ dtype: 'uint8' }), notes: text() }, { autoFlush: false });
  await ds.extend(
    Array.from({ length: 4000 }, (_, i) => ({ big: new Uint8Array(1000).fill(i % 251), notes: `row ${i}` })),
  );
  await ds.close();
  const asked: string[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const bytes = await store.get(decodeURIComponent(request.url.slice(root.length)));
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get('range') ?? '');
    asked.push(`${request.url.slice(root.length)} ${range?.[0] ?? 'whole'}`);
    if (!bytes) return new Response('', { status: 404 });
    if (!range) return new Response(bytes);
    return new Response(bytes.slice(Number(range[1]), Number(range[2]) + 1), { status: 206 });
  };
  return { fetch, asked };
}

describe('a dataset over HTTP', () => {
  it('costs few requests to the first sample, few bytes for each, and none for what was read before', async () => {
    const { fetch, asked } = await server();
    const ds = await openDataset(root, { fetch });
    const opened = ds.stats.requests;
    expect(opened).toBe(5); // graph, dataset meta and info, one meta for each tensor
    const sample = await ds.tensor('big').at(3123);
    expect((sample as { data: Uint8Array }).data[0]).toBe(3123 % 251);
    expect(ds.stats.requests - opened).toBe(4); // chunk index, header of the chunk, the sample, info
    expect(ds.stats.bytesRead).toBeLessThan(25_000); // of a chunk of 4 MB
    const { requests } = ds.stats;
    await ds.tensor('big').at(3123);
    expect(ds.stats.requests).toBe(requests);
    expect(asked.filter((line) => line.includes('/chunks/')).every((line) => line.includes('bytes='))).toBe(true);
  });

  it('joins ranges that are asked for together', async () => {
    const { fetch } = await server();
    const ds = await openDataset(root, { fetch });
    const big = ds.tensor('big');
    await big.at(0);
    const before = ds.stats.requests;
    await Promise.all([100, 101, 102, 110].map((row) => big.at(row)));
    expect(ds.stats.requests - before).toBe(1);
  });

  it('says what the server answered, and stops when asked to', async () => {
    const failing = async () => new Response('', { status: 503 });
    await expect(openDataset(root, { fetch: failing })).rejects.toMatchObject({
      code: 'storage',
      data: { status: 503 },
    });
    const controller = new AbortController();
    const { fetch } = await server();
    const ds = await openDataset(root, { fetch });
    controller.abort(new Error('changed my mind'));
    await expect(ds.tensor('big').at(1, { signal: controller.signal })).rejects.toThrow('changed my mind');
    await expect(openDataset(root, { fetch, mode: 'rw' })).rejects.toMatchObject({ code: 'read-only' });
  });
});
