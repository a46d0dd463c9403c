import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createDataset, type ImageSample, type LinkSample, link, openDataset } from '../index.js';
import { memoryStore } from '../stores.js';

const media = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../e2e/fixtures/media/${name}`, import.meta.url)));
const asked: { path: string; creds: unknown }[] = [];
const options = {
  autoFlush: false,
  resolveLink: ({ path, creds }: { path: string; creds: unknown }) => {
    asked.push({ path, creds });
    if (path.endsWith('missing.jpg')) return new Response('', { status: 404 });
    return path.includes('gray') ? media('gray.jpg') : media('rgb-420.jpg');
  },
} as const;

describe('links', () => {
  it('are stored as paths, and resolved when asked for', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, {}, options);
    const img = await ds.createTensor('img', { htype: 'link[image]', sampleCompression: 'jpg' });
    asked.length = 0;
    await img.append(link('./photos/cat.jpg'));
    expect(asked.length).toBe(1); // verified, and its shape recorded
    await img.append(link('https://example.com/gray.jpg'));
    await img.append(null);
    expect(img.shapeInterval.lower[0]).toBe(3);
    expect(img.shapeInterval.lower[1]).toBeGreaterThan(1); // an empty link has no shape
    asked.length = 0;
    const sample = (await img.at(0)) as LinkSample<ImageSample>;
    expect([sample.path, sample.credsKey]).toEqual(['./photos/cat.jpg', '']);
    expect(asked.length).toBe(0);
    const picture = await sample.resolve();
    expect((await picture.array()).shape).toEqual(picture.shape);
    expect((await ((await img.at(1)) as LinkSample<ImageSample>).resolve()).shape[2]).toBe(1);
    expect(((await img.at(2)) as LinkSample<ImageSample>).path).toBe('');
    await img.set(2, link('other.jpg'));
    await ds.close();
    const again = await openDataset(store, options);
    expect((await again.tensor('img').toArray()).map((one) => (one as LinkSample).path)).toEqual([
      './photos/cat.jpg',
      'https://example.com/gray.jpg',
      'other.jpg',
    ]);
    const infos = await (await again.loadTensor('_img_info')).toArray();
    expect(infos[0]).toMatchObject({ format: 'jpeg', filename: './photos/cat.jpg' });
  });

  it('refuse targets that are not there, and cloud paths without a key', async () => {
    const ds = await createDataset(memoryStore(), {}, options);
    const img = await ds.createTensor('img', { htype: 'link[image]', sampleCompression: 'jpg' });
    await expect(img.append(link('missing.jpg'))).rejects.toMatchObject({
      code: 'storage',
      data: { status: 404, tensor: 'img', index: 0 },
    });
    await expect(img.append(link('s3://abc/def.jpeg'))).rejects.toMatchObject({
      code: 'sample-mismatch',
      data: { tensor: 'img' },
    });
    await expect(img.append(link('s3://abc/def.jpeg', { credsKey: 'NOPE' }))).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(img.append(5 as never)).rejects.toMatchObject({ code: 'sample-mismatch' });
    expect(img.length).toBe(0);
    await expect(ds.createTensor('g', { htype: 'link[generic]' } as never)).rejects.toThrow(TypeError);
    await expect(ds.createTensor('i', { htype: 'link[image]' } as never)).rejects.toThrow(/needs sampleCompression/);
  });

  it('use credentials whose secrets are never stored', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, {}, options);
    await ds.addCredsKey('MY_S3_KEY');
    await ds.addCredsKey('OTHER');
    await expect(ds.addCredsKey('OTHER')).rejects.toMatchObject({ code: 'exists' });
    const secret = 'tops3cret-0123456789';
    await ds.populateCreds('MY_S3_KEY', { secret });
    await expect(ds.populateCreds('NOPE', {})).rejects.toMatchObject({ code: 'not-found' });
    const img = await ds.createTensor('img', { htype: 'link[image]', sampleCompression: 'jpeg', verify: false });
    asked.length = 0;
    await img.extend([
      link('s3://a/1.jpg', { credsKey: 'MY_S3_KEY' }),
      link('https://example.com/2.jpg'),
      link('gcs://b/3.jpg', { credsKey: 'OTHER' }),
    ]);
    expect(asked.length).toBe(0); // not verified: nothing is loaded
    expect(img.shape).toEqual([3]);
    await ds.updateCredsKey('OTHER', 'RENAMED');
    const samples = (await img.toArray()) as LinkSample<ImageSample>[];
    expect(samples.map(({ credsKey }) => credsKey)).toEqual(['MY_S3_KEY', '', 'RENAMED']);
    await samples[0]?.resolve();
    expect(asked.at(-1)).toEqual({ path: 's3://a/1.jpg', creds: { secret } });
    await ds.close();
    for await (const key of store.list('')) {
      const bytes = store.get(key) as Uint8Array;
      expect(new TextDecoder('latin1').decode(bytes)).not.toContain(secret);
    }
    const creds = JSON.parse(new TextDecoder().decode(store.get('linked_creds.json') as Uint8Array));
    expect(creds).toEqual({
      creds_keys: ['MY_S3_KEY', 'RENAMED'],
      managed_creds_keys: [],
      used_creds_keys: ['MY_S3_KEY', 'RENAMED'],
    });
    const again = await openDataset(store);
    expect(await again.credsKeys()).toEqual(['MY_S3_KEY', 'RENAMED']);
    const cloud = (await again.tensor('img').at(0)) as LinkSample;
    await expect(cloud.resolve()).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('stand in sequences', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, {}, options);
    const clips = await ds.createTensor('clips', { htype: 'sequence[link[image]]', sampleCompression: 'jpeg' });
    await clips.append([link('1.jpg'), link('2.jpg')] as never);
    await clips.append([]);
    await clips.append([link('3.jpg')] as never);
    await ds.close();
    const again = await openDataset(store, options);
    const tensor = again.tensor('clips');
    expect(tensor.htype).toBe('link[sequence[image]]');
    expect((await tensor.toArray()).map((one) => (one as unknown as LinkSample[]).map(({ path }) => path))).toEqual([
      ['1.jpg', '2.jpg'],
      [],
      ['3.jpg'],
    ]);
  });
});
