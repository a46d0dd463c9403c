import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Bytes } from '../util/bytes.js';
import type { HttpOptions } from './http.js';
import { httpStore } from './http.js';
import { storeContract, sumOf, testBytes } from './store.contract.js';

type Handler = (request: IncomingMessage, response: ServerResponse, key: string) => void;

/** Serves `/anything/<key>` from these values, with ranges, until a test puts its own handler in. */
let values: ReadonlyMap<string, Bytes> = new Map();
let handler: Handler | undefined;
let server: Server;
let address: string;
let requests: IncomingMessage[] = [];

const ranged: Handler = (request, response, key) => {
  const bytes = values.get(key);
  if (!bytes) return void response.writeHead(404).end('none');
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) return void response.end(bytes);
  if (Number(first) >= bytes.length) return void response.writeHead(416).end('out of range');
  const part = bytes.subarray(Number(first), Number(last) + 1);
  const contentRange = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
  response.writeHead(206, { 'Content-Range': contentRange }).end(part);
};

const whole: Handler = (_request, response, key) => {
  const bytes = values.get(key);
  if (bytes) response.end(bytes);
  else response.writeHead(404).end();
};

const served = async (given: ReadonlyMap<string, Bytes>, by: Handler, options?: HttpOptions) => {
  values = given;
  handler = by;
  return httpStore(`${address}/data`, options);
};

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    const path = new URL(request.url ?? '', address).pathname.replace(/^\/data\//, '');
    (handler ?? ranged)(request, response, path.split('/').map(decodeURIComponent).join('/'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  address = typeof bound === 'object' && bound ? `http://127.0.0.1:${bound.port}` : '';
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  requests = [];
  handler = undefined;
});

storeContract('http', (given) => served(given, ranged), { list: false, write: false });
storeContract('http without ranges', (given) => served(given, whole), { list: false, write: false });

describe('httpStore: requests', () => {
  const given = new Map([['a b/c', testBytes(1000)]]);

  it('sends one request for each read, and asks for plain ranges', async () => {
    const store = await served(given, ranged);
    await store.get('a b/c');
    await store.getRange('a b/c', 10, 20);
    await store.getRange('a b/c', 10, 10);
    expect(requests.map(({ url, headers }) => [url, headers.range])).toEqual([
      ['/data/a%20b/c', undefined],
      ['/data/a%20b/c', 'bytes=10-19'],
    ]);
  });

  it('keeps the query of the address and sends the given headers', async () => {
    handler = (_request, response) => response.end('x');
    const store = httpStore(`${address}/data/?sig=a%2Fb&x=1#hash`, { headers: { Authorization: 'Bearer 1' } });
    await store.get('k');
    expect(requests[0]?.url).toBe('/data/k?sig=a%2Fb&x=1');
    expect(requests[0]?.headers.authorization).toBe('Bearer 1');
    expect(store.address).toBe(`${address}/data/`);
  });

  it('uses the fetch that it is given', async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (input) => {
      asked.push(String(input));
      return new Response('hi');
    };
    expect(await httpStore('https://example.test/x', { fetch }).get('a/b')).toEqual(new TextEncoder().encode('hi'));
    expect(asked).toEqual(['https://example.test/x/a/b']);
  });

  it('refuses addresses that are none', () => {
    for (const url of ['', 'data', '/data', 'ftp://x', 'blob:x']) expect(() => httpStore(url)).toThrow(TypeError);
  });

  it('stops a body that is not a range once the range has arrived', async () => {
    let sent = 0;
    const closed = new Promise<void>((resolve) => {
      handler = (_request, response) => {
        response.on('close', resolve);
        const more = (): void => {
          sent += 65536;
          if (sent > 1 << 28) response.end();
          else if (response.write(testBytes(65536))) setImmediate(more);
          else response.once('drain', more);
        };
        more();
      };
    });
    const bytes = await httpStore(`${address}/data`).getRange('k', 100_000, 100_100);
    expect(bytes).toEqual(testBytes(65536).slice(100_000 - 65536, 100_100 - 65536));
    await closed;
    expect(sent).toBeLessThan(1 << 27);
  });
});

describe('httpStore: failures', () => {
  const status =
    (code: number): Handler =>
    (_request, response) =>
      void response.writeHead(code).end('no');

  it.each([401, 403, 500, 503])('tells status %i with key and address, after one request', async (code) => {
    const store = await served(new Map(), status(code));
    await expect(store.get('k/1')).rejects.toMatchObject({
      code: 'storage',
      data: { reason: 'network', status: code, key: 'k/1' },
    });
    await expect(store.getRange('k/1', 0, 1)).rejects.toThrow(`k/1 from ${address}/data/`);
    expect(requests.length).toBe(2);
  });

  it('takes 403 for missing only when told so', async () => {
    const store = await served(new Map(), status(403), { missingStatus: [403, 404] });
    expect(await store.get('k')).toBeUndefined();
    expect(await store.getRange('k', 0, 1)).toBeUndefined();
  });

  it.each([
    ['too long', '0-9/100', 20],
    ['too short', '0-9/100', 5],
    ['from elsewhere', '5-14/100', 10],
    ['too long, unsaid', undefined, 20],
    ['shorter than the value', '0-4/100', 5],
  ])('refuses a part that is %s', async (_why, range, length) => {
    handler = (_request, response) => {
      response.writeHead(206, range === undefined ? {} : { 'Content-Range': `bytes ${range}` }).end(testBytes(length));
    };
    const read = httpStore(`${address}/data`).getRange('k', 0, 10);
    await expect(read).rejects.toMatchObject({ code: 'storage', data: { reason: 'network' } });
    await expect(read).rejects.toThrow(/expected \d+ bytes from byte 0, got \d+ from byte \d/);
  });

  it('takes a short part without Content-Range for the end of the value', async () => {
    handler = (_request, response) => void response.writeHead(206).end(testBytes(5));
    expect(await httpStore(`${address}/data`).getRange('k', 0, 10)).toEqual(testBytes(5));
  });

  it('asks a second time when the connection breaks, and not a third time', async () => {
    let breaks = 1;
    const store = await served(new Map([['k', testBytes(99)]]), (request, response, key) => {
      if (breaks-- > 0) response.destroy();
      else ranged(request, response, key);
    });
    expect(sumOf(await store.get('k'))).toBe(sumOf(testBytes(99)));
    requests = [];
    breaks = 9;
    const failure = { code: 'storage', data: { reason: 'network', key: 'k' } };
    await expect(store.get('k')).rejects.toMatchObject(failure);
    expect(requests.length).toBe(2);
  });

  it('does not take a body that breaks off for a value', async () => {
    handler = (_request, response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write(testBytes(10), () => response.destroy());
    };
    const store = httpStore(`${address}/data`);
    await expect(store.get('k')).rejects.toMatchObject({ code: 'storage' });
    await expect(store.getRange('k', 0, 50)).rejects.toMatchObject({ code: 'storage' });
  });
});

describe('httpStore: abort', () => {
  it.each(['call', 'store'])(
    'throws the reason of the signal of the %s untouched and drops the connection',
    async (whose) => {
      const controller = new AbortController();
      const reason = { why: 'left the page' };
      const dropped = new Promise<void>((resolve) => {
        handler = (_request, response) => {
          response.on('close', resolve);
          response.write(testBytes(10), () => controller.abort(reason));
        };
      });
      const { signal } = controller;
      const store = httpStore(`${address}/data`, whose === 'store' ? { signal } : {});
      await expect(store.get('k', whose === 'call' ? { signal } : {})).rejects.toBe(reason);
      await dropped;
      expect(requests.length).toBe(1);
    },
  );
});
