import { afterEach, describe, expect, it } from 'vitest';
import { bbox, classLabel, createDataset, image, openDataset, read } from '../index.js';
import { deleteIdb } from '../stores.js';

const schema = {
  images: image({ sampleCompression: 'jpeg' }),
  labels: classLabel(['cat', 'dog']),
  boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' } }),
};
const used: string[] = [];

/** A name that no other test uses, deleted afterwards. */
function fresh(): string {
  const name = `dataset-test-${crypto.randomUUID()}`;
  used.push(name);
  return name;
}

afterEach(async () => {
  for (const name of used.splice(0)) await deleteIdb(name);
});

/** A photo as a file input gives it. */
async function photo(name: string, width = 64, height = 48): Promise<File> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  const gradient = context.createLinearGradient(0, 0, width, height);
  gradient.addColorStop(0, 'teal');
  gradient.addColorStop(1, 'orange');
  context.fillStyle = gradient;
  context.fillRect(0, 0, width, height);
  return new File([await canvas.convertToBlob({ type: 'image/jpeg' })], name, { type: 'image/jpeg' });
}

describe('a dataset in IndexedDB', () => {
  it('keeps dropped photos byte for byte, and decodes them in workers', async () => {
    const address = `idb://${fresh()}`;
    const files = await Promise.all([photo('a.jpg'), photo('b.jpg', 33, 21), photo('c.jpg', 200, 10)]);
    const ds = await createDataset(address, schema);
    await ds.extend(
      files.map((file, i) => ({ images: file, labels: i % 2 ? 'dog' : 'cat', boxes: [[i, 0, 5, 5]] as const })),
    );
    await ds.close();
    const again = await openDataset(address, { schema });
    for (const [i, file] of files.entries()) {
      const row = await again.at(i);
      expect(row.images.encoded()?.bytes).toEqual(new Uint8Array(await file.arrayBuffer()));
      const pixels = await row.images.array();
      expect(pixels.shape).toEqual(row.images.shape);
      expect(pixels.data.length).toBe((row.images.shape[0] ?? 0) * (row.images.shape[1] ?? 0) * 3);
      expect(row.labels.names).toEqual([i % 2 ? 'dog' : 'cat']);
    }
    const infos = await (await again.loadTensor('_images_info')).toArray();
    expect(infos.map((info) => (info as { filename: string }).filename)).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
    const bitmap = await (await again.at(2)).images.toBitmap({ maxWidth: 50 });
    expect([bitmap.width, bitmap.height]).toEqual([50, 3]);
    bitmap.close();
    await again.close();
  });

  it('takes what a page draws with', async () => {
    const address = `idb://${fresh()}`;
    const ds = await createDataset(address, { images: image({ sampleCompression: 'png' }) });
    const canvas = new OffscreenCanvas(4, 3);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.fillStyle = 'rgb(10, 20, 30)';
    context.fillRect(0, 0, 4, 3);
    const clear = new ImageData(2, 2);
    clear.data.set([1, 2, 3, 255, 4, 5, 6, 128]);
    for (const sample of [
      canvas,
      context.getImageData(0, 0, 4, 3),
      await createImageBitmap(canvas),
      clear,
      await photo('x.jpg'),
    ]) {
      await ds.append({ images: sample });
    }
    const shapes = (await ds.tensor('images').toArray()).map(({ shape }) => shape);
    expect(shapes).toEqual([
      [3, 4, 3],
      [3, 4, 3],
      [3, 4, 3],
      [2, 2, 4],
      [48, 64, 3],
    ]);
    const first = await (await ds.at(0)).images.array();
    expect([...first.data.slice(0, 3)]).toEqual([10, 20, 30]);
    const alpha = await (await ds.at(3)).images.array();
    expect([...alpha.data.slice(0, 8)]).toEqual([1, 2, 3, 255, 4, 5, 6, 128]);
    await ds.close();
  });

  it('reads one photo of many with one request for the header and one for the photo', async () => {
    const address = `idb://${fresh()}`;
    const ds = await createDataset(address, { images: image({ sampleCompression: 'jpeg' }) });
    const bytes = new Uint8Array(await (await photo('p.jpg', 400, 300)).arrayBuffer());
    // A comment segment makes each file large and different.
    const large = (n: number) => {
      const comment = new Uint8Array(60_004).fill(n);
      comment.set([0xff, 0xfe, 60_002 >> 8, 60_002 & 255]);
      return new Uint8Array([...bytes.subarray(0, 2), ...comment, ...bytes.subarray(2)]);
    };
    await ds.extend(Array.from({ length: 40 }, (_, n) => ({ images: read(large(n)) })));
    await ds.close();
    const again = await openDataset(address);
    await again.tensor('images').at(0);
    const before = again.stats;
    const sample = await again.tensor('images').encoded(31);
    expect(sample?.bytes).toEqual(large(31));
    expect(again.stats.requests - before.requests).toBe(1); // the header is known by now
    expect(again.stats.bytesRead - before.bytesRead).toBe(large(31).length);
    await again.close();
  });

  it('lets one tab write', async () => {
    const address = `idb://${fresh()}`;
    const ds = await createDataset(address, schema);
    await expect(openDataset(address, { mode: 'rw' })).rejects.toMatchObject({
      code: 'read-only',
      data: { reason: 'locked' },
    });
    await expect(createDataset(address, schema, { overwrite: true })).rejects.toMatchObject({ code: 'read-only' });
    await ds.close();
    const again = await openDataset(address, { mode: 'rw', schema });
    await again.append({ images: null, labels: 'cat', boxes: null });
    await again.close();
  });

  it('names the photo that cannot be read, and goes on with the others', async () => {
    const ds = await createDataset(`idb://${fresh()}`, schema);
    const good = await photo('good.jpg');
    const files = [
      good,
      new File([(await good.arrayBuffer()).slice(0, 400)], 'cut.jpg'),
      new File(['hello'], 'text.jpg'),
      new File([], 'empty.jpg'),
      good,
    ];
    const refused: string[] = [];
    for (const file of files) {
      await ds
        .append({ images: file, labels: 'cat', boxes: null })
        .catch((error: Error) => refused.push(error.message));
    }
    expect(ds.length).toBe(2);
    expect(refused.length).toBe(3);
    for (const message of refused) expect(message).toContain('"images"');
    await ds.close();
  });
});
