/** Links to video, sound and volumes behind a server: how many bytes they cost, and what servers may do. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AudioSample,
  createDataset,
  type LinkSample,
  link,
  type NiftiSample,
  type VideoSample,
} from '../index.js';
import { memoryStore } from '../stores.js';
import type { Bytes } from '../util/bytes.js';
import { spacedMp4 } from './links.contract.js';
import type { LinkOptions } from './links.js';

const MB = 2 ** 20;
const media = (name: string): Bytes =>
  new Uint8Array(readFileSync(new URL(`../../e2e/fixtures/media/${name}`, import.meta.url)));

/** A ramp in 16 bits, one channel. */
function longWav(samples: number): Bytes {
  const bytes = new Uint8Array(44 + 2 * samples);
  const view = new DataView(bytes.buffer);
  bytes.set(media('s16-mono.wav').subarray(0, 44));
  view.setUint32(4, 36 + 2 * samples, true);
  view.setUint32(40, 2 * samples, true);
  for (let i = 0; i < samples; i++) view.setInt16(44 + 2 * i, i % 30_000, true);
  return bytes;
}

/** A volume of bytes, `[128, 128, 200]`, each its slice's number. */
function largeNii(): Bytes {
  const bytes = new Uint8Array(352 + 128 * 128 * 200);
  const view = new DataView(bytes.buffer);
  bytes.set(media('points/u1.nii').subarray(0, 352));
  const big = view.getInt32(0, true) !== 348;
  for (const [i, size] of [3, 128, 128, 200, 1, 1, 1, 1].entries()) view.setInt16(40 + 2 * i, size, !big);
  for (let z = 0; z < 200; z++) bytes.fill(z, 352 + z * 128 * 128, 352 + (z + 1) * 128 * 128);
  return bytes;
}

const files: Readonly<Record<string, Bytes>> = {
  'clip.mp4': spacedMp4(media('video/h264.mp4'), 4 * MB),
  'clip.mkv': media('video/h264.mkv'),
  'long.wav': longWav(2 * MB),
  'large.nii': largeNii(),
  'tone.mp3': media('audio/joint-44100.mp3'),
};

type Handler = (request: IncomingMessage, response: ServerResponse, bytes: Bytes) => void;

const ranged: Handler = (request, response, bytes) => {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) return void response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
  const part = bytes.subarray(Number(first), Number(last) + 1);
  const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
  response.writeHead(206, { 'Content-Range': range, 'Content-Length': part.length }).end(part);
};

let server: Server;
let address: string;
let handler = ranged;
let requests: IncomingMessage[] = [];
let sent = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    const write = response.end.bind(response);
    response.end = ((bytes?: Uint8Array) => {
      if (request.method !== 'HEAD') sent += bytes?.length ?? 0;
      return write(bytes);
    }) as typeof response.end;
    const bytes = files[(request.url ?? '').replace(/^\/|\?.*$/g, '')];
    if (bytes) handler(request, response, bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  address = `http://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}/`;
});
afterAll(() => server.close());
beforeEach(() => {
  handler = ranged;
  requests = [];
  sent = 0;
});

/** A link of a dataset; `verify` looks at the target when the link is added, and records its shape. */
async function linkTo<T>(
  name: string,
  htype: string,
  options: LinkOptions = {},
  verify = false,
): Promise<LinkSample<T>> {
  const ds = await createDataset(memoryStore(), {}, { autoFlush: false, ...options });
  const sampleCompression = name.slice(name.lastIndexOf('.') + 1);
  const form: object = { htype: `link[${htype}]`, sampleCompression, verify };
  const links = await ds.createTensor('links', form as { htype: 'link[video]'; sampleCompression: 'mp4' });
  await links.append(link(options.resolveLink ? name : address + name));
  requests = [];
  sent = 0;
  return (await links.at(0)) as LinkSample<T>;
}

describe('links behind a server that knows ranges', () => {
  it('to mp4 cost the tables of the file, and no frames that are not asked for', async () => {
    const sample = await linkTo<VideoSample>('clip.mp4', 'video');
    const clip = await sample.resolve();
    expect(clip.shape).toEqual([24, ...clip.shape.slice(1)]);
    expect([clip.dtype, clip.compression, clip.bytes]).toEqual(['uint8', 'mp4', files['clip.mp4']?.length]);
    expect(await clip.info()).toMatchObject({ frames: 24, codec: 'avc1.64000a' });
    expect((await clip.keyFrames())[0]).toBe(0);
    expect(sent).toBeLessThan(MB / 4); // of 4 MB
    expect(requests.length).toBeLessThan(6);
  });

  it('have the shape that was recorded with them, without a look at the file', async () => {
    const sample = await linkTo<VideoSample>('clip.mkv', 'video', {}, true);
    const clip = await sample.resolve();
    expect(clip.shape).toEqual([24, 48, 64, 3]);
    expect(requests.length).toBe(1);
    expect((await clip.info()).frames).toBe(24);
    expect((await clip.encoded())?.bytes).toEqual(files['clip.mkv']);
  });

  it('to wav cost the samples that are asked for', async () => {
    const sound = await (await linkTo<AudioSample>('long.wav', 'audio')).resolve();
    expect([sound.shape, sound.dtype]).toEqual([[2 * MB, 1], 'float32']);
    expect((await sound.info()).length).toBe(2 * MB);
    const { data } = await sound.samples({ start: MB, end: MB + 1000 });
    expect(Array.from(data.slice(0, 3), Number)).toEqual([0, 1, 2].map((i) => (MB + i) % 30_000));
    expect(sent).toBeLessThan(80_000); // of 4 MB
    expect((await sound.array()).shape).toEqual([2 * MB, 1]);
    expect(sent).toBeGreaterThan(4 * MB);
  });

  it('to nii cost the slices that are asked for', async () => {
    const volume = await (await linkTo<NiftiSample>('large.nii', 'nifti')).resolve();
    expect(volume.shape).toEqual([128, 128, 200]);
    const slice = await volume.slice({ axis: 2, index: 150 });
    expect([slice.shape, slice.data[77]]).toEqual([[128, 128], 150]);
    expect(sent).toBeLessThan(90_000); // of 3.2 MB
  });

  it('to mp3 are loaded whole, once', async () => {
    const sound = await (await linkTo<AudioSample>('tone.mp3', 'audio')).resolve();
    expect((await sound.samples({ start: 0, end: 10 })).shape).toEqual([10, 2]);
    expect([requests.length, sent]).toEqual([1, files['tone.mp3']?.length]);
  });

  it('are told the size by HEAD where the page may not read Content-Range', async () => {
    handler = (request, response, bytes) => {
      const hidden = response.writeHead.bind(response);
      response.writeHead = ((status: number, headers: Record<string, string>) => {
        const { 'Content-Range': _, ...rest } = headers;
        return hidden(status, rest);
      }) as typeof response.writeHead;
      ranged(request, response, bytes);
    };
    const sound = await (await linkTo<AudioSample>('long.wav', 'audio')).resolve();
    expect(sound.shape).toEqual([2 * MB, 1]);
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
    expect(sent).toBe(65_536);
  });
});

describe('links behind other servers', () => {
  it('that send everything are read whole, once', async () => {
    handler = (_, response, bytes) => response.end(bytes);
    const sound = await (await linkTo<AudioSample>('long.wav', 'audio')).resolve();
    await sound.samples({ start: MB, end: MB + 10 });
    await sound.samples({ start: 5, end: 10 });
    expect([requests.length, sent]).toEqual([1, files['long.wav']?.length]);
  });

  it('that begin to send everything are read whole, once more', async () => {
    const sound = await (await linkTo<AudioSample>('long.wav', 'audio')).resolve();
    handler = (_, response, bytes) => response.end(bytes);
    for (const start of [MB, 5, MB - 100]) {
      const { data } = await sound.samples({ start, end: start + 1 });
      expect(data[0]).toBe(start % 30_000);
    }
    expect(requests.length).toBe(2);
  });

  it('that refuse ranges before they see them are asked for the whole', async () => {
    const own: typeof fetch = async (input, init) => {
      if (new Headers(init?.headers).has('Range')) throw new TypeError('the preflight failed');
      return fetch(input, init);
    };
    const sound = await (await linkTo<AudioSample>('long.wav', 'audio', { fetch: own })).resolve();
    expect((await sound.samples({ start: 7, end: 8 })).data[0]).toBe(7);
    expect(requests.length).toBe(1);
  });

  it('that fail are told, and are asked again the next time', async () => {
    const sample = await linkTo<AudioSample>('long.wav', 'audio');
    handler = (_, response) => response.writeHead(503).end();
    await expect(sample.resolve()).rejects.toMatchObject({ code: 'storage', data: { status: 503 } });
    handler = ranged;
    const sound = await sample.resolve();
    handler = (_, response) => response.destroy();
    const part = { start: MB, end: MB + 4 };
    await expect(sound.samples(part)).rejects.toMatchObject({ code: 'storage', data: { reason: 'network' } });
    handler = (_, response, bytes) => ranged(requests.at(-1) as IncomingMessage, response, bytes.subarray(0, MB));
    await expect(sound.samples(part)).rejects.toThrow(/expected 8 bytes of \d+, got 0. It may have changed/);
    handler = ranged;
    expect((await sound.samples(part)).shape).toEqual([4, 1]);
    const missing = await linkTo<AudioSample>('none.wav', 'audio');
    await expect(missing.resolve()).rejects.toMatchObject({ code: 'storage', data: { status: 404 } });
  });

  it('stop when they are told to', async () => {
    const sample = await linkTo<AudioSample>('long.wav', 'audio');
    const stop = new AbortController();
    handler = () => stop.abort(new Error('enough')); // and no answer
    await expect(sample.resolve({ signal: stop.signal })).rejects.toThrow('enough');
    handler = ranged;
    const sound = await sample.resolve();
    const later = new AbortController();
    handler = () => later.abort(new Error('enough'));
    await expect(sound.samples({ start: MB, end: MB + 9, signal: later.signal })).rejects.toThrow('enough');
  });
});

describe('links that are resolved', () => {
  it('to a signed address get a new one when it has expired', async () => {
    let signatures = 0;
    handler = (request, response, bytes) => {
      if (!request.url?.endsWith(`?signature=${signatures}`)) response.writeHead(403).end();
      else ranged(request, response, bytes);
    };
    const resolveLink = ({ path }: { path: string }) => `${address}${path}?signature=${++signatures}`;
    const sound = await (await linkTo<AudioSample>('long.wav', 'audio', { resolveLink })).resolve();
    signatures++; // that of the open file is refused from now on
    expect((await sound.samples({ start: MB, end: MB + 2 })).data[0]).toBe(MB % 30_000);
    expect(sent).toBeLessThan(80_000);
  });

  it('are read by the caller’s own fetch, with its headers', async () => {
    const own: typeof fetch = (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('Authorization', 'Bearer abc');
      return fetch(input, { ...init, headers });
    };
    const resolveLink = ({ path }: { path: string }) => new URL(path, address);
    const clip = await (await linkTo<VideoSample>('clip.mp4', 'video', { resolveLink, fetch: own })).resolve();
    await clip.info();
    expect(requests.length).toBeGreaterThan(1);
    expect(requests.every(({ headers }) => headers.authorization === 'Bearer abc' && headers.range)).toBe(true);
  });

  it.each(['bytes', 'blob', 'response'])('to content (%s) are read from it', async (kind) => {
    const bytes = files['clip.mp4'] ?? new Uint8Array(0);
    const resolveLink = () => (kind === 'bytes' ? bytes : kind === 'blob' ? new Blob([bytes]) : new Response(bytes));
    const clip = await (await linkTo<VideoSample>('clip.mp4', 'video', { resolveLink })).resolve();
    expect((await clip.info()).frames).toBe(24);
    expect(requests.length).toBe(0);
  });

  it('to a refusal or to something else say so', async () => {
    const given: (() => Response | Bytes)[] = [
      () => new Response('', { status: 403 }),
      () => new Response(new Uint8Array(0)),
      () => new TextEncoder().encode('not a file\n'.repeat(99)),
    ];
    const codes: unknown[] = [];
    for (const resolveLink of given) {
      const sample = await linkTo<VideoSample>('none.mp4', 'video', { resolveLink });
      codes.push(await sample.resolve().catch(({ code }) => code));
    }
    expect(codes).toEqual(['storage', 'codec', 'codec']);
  });
});
