import { execFile } from 'node:child_process';
import { openAsBlob } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { concatBytes, toBytes, utf8Encode } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { memoryStore } from './memory.js';
import { contractValues, keysOf, snapshot, storeContract, sumOf, testBytes } from './store.contract.js';
import type { Written } from './zip-format.js';
import { centralHeader, endRecords, localHeader } from './zip-format.js';
import type { Sliceable } from './zip-read.js';
import { zipStore } from './zip-read.js';
import type { ZipEntry } from './zip-write.js';
import { storeToZip, zipStream } from './zip-write.js';

const run = promisify(execFile);
const has = (command: string, ...args: string[]): Promise<boolean> =>
  run(command, args).then(
    () => true,
    () => false,
  );
const hasPython = await has('python3', '-c', 'import zipfile');
const hasUnzip = await has('unzip', '-v');
const folder = await mkdtemp(join(tmpdir(), 'lakelet-zip-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function collect(stream: ReadableStream<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  for await (const part of stream) parts.push(part);
  return concatBytes(parts);
}

const zipOf = (entries: Iterable<ZipEntry>): Promise<Bytes> => collect(zipStream(entries));
const entriesOf = (values: ReadonlyMap<string, Bytes>): ZipEntry[] =>
  [...values].map(([name, bytes]) => ({ name, bytes }));

async function python(code: string, ...args: string[]): Promise<string> {
  return (await run('python3', ['-c', code, ...args], { maxBuffer: 1 << 26 })).stdout;
}

/** A zip with one entry whose records say what the test wants. */
function rawZip(
  name: string,
  packed: Bytes,
  change: { size?: number; crc?: number; method?: number; flags?: number },
): Bytes {
  const { size = packed.length, crc = 0, method = 8, flags = 0 } = change;
  const entry: Written = { name: utf8Encode(name), size, crc, time: 0, offset: 0 };
  const [local, central] = [localHeader(entry), centralHeader(entry)];
  for (const [header, at] of [
    [local, 6],
    [central, 8],
  ] as const) {
    const view = new DataView(header.buffer);
    view.setUint16(at, view.getUint16(at, true) | flags, true);
    view.setUint16(at + 2, method, true);
    view.setUint32(at + 12, packed.length, true);
  }
  const start = local.length + packed.length;
  return concatBytes([local, packed, central, endRecords(1, start, start + central.length)]);
}

storeContract('zip', async (values) => zipStore(new Blob([await zipOf(entriesOf(values))]), { name: 'test.zip' }), {
  list: true,
  write: false,
});
storeContract(
  'zip with deflated entries',
  async (values) => {
    const offsets: Bytes[] = [];
    const directory: Bytes[] = [];
    let offset = 0;
    for (const [name, bytes] of values) {
      const packed = toBytes(deflateRawSync(bytes));
      const entry: Written = { name: utf8Encode(name), size: bytes.length, crc: crc32(bytes), time: 0, offset };
      const [local, central] = [localHeader(entry), centralHeader(entry)];
      for (const [header, at] of [
        [local, 8],
        [central, 10],
      ] as const) {
        new DataView(header.buffer).setUint16(at, 8, true);
        new DataView(header.buffer).setUint32(at + 10, packed.length, true);
      }
      offsets.push(local, packed);
      directory.push(central);
      offset += local.length + packed.length;
    }
    const central = concatBytes(directory);
    const end = endRecords(values.size, offset, offset + central.length);
    return zipStore(new Blob([...offsets, central, end]));
  },
  { list: true, write: false },
);

describe('zipStream', () => {
  it.runIf(hasPython)('writes what Python reads', async () => {
    const path = join(folder, 'ours.zip');
    const entries = [...entriesOf(contractValues), { name: 'blob', bytes: new Blob([testBytes(2_500_000, 7)]) }];
    await writeFile(path, await zipOf(entries));
    const code =
      'import sys, zipfile, zlib, json\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n' +
      'print(json.dumps({i.filename: f"{len(z.read(i))} bytes, crc {zlib.crc32(z.read(i))}" for i in z.infolist()}))';
    const expected = new Map([...contractValues, ['blob', testBytes(2_500_000, 7)] as const]);
    expect(JSON.parse(await python(code, path))).toEqual(
      Object.fromEntries([...expected].map(([name, bytes]) => [name, sumOf(bytes)])),
    );
  });

  it.runIf(hasUnzip)('writes what unzip finds without fault', async () => {
    const path = join(folder, 'unzip.zip');
    await writeFile(
      path,
      await zipOf([
        { name: 'a/b.json', bytes: testBytes(10) },
        { name: 'ü', bytes: [testBytes(2), testBytes(3)] },
      ]),
    );
    expect((await run('unzip', ['-t', path])).stdout).toContain('No errors detected');
  });

  it.runIf(hasPython)('writes more than 65535 entries', async () => {
    const path = join(folder, 'many.zip');
    const bytes = testBytes(3);
    await writeFile(path, await zipOf(Array.from({ length: 66_000 }, (_, i) => ({ name: `k/${i}`, bytes }))));
    expect(await python('import sys, zipfile\nprint(len(zipfile.ZipFile(sys.argv[1]).namelist()))', path)).toBe(
      '66000\n',
    );
    const store = await zipStore(await openAsBlob(path));
    expect(await store.get('k/65999')).toEqual(bytes);
  });

  it.runIf(hasPython)('writes records for sizes and positions above 4 GB', async () => {
    // A file with holes: 5 GB of zeros take no room on the disk.
    const path = join(folder, 'large.zip');
    const size = 5 * 2 ** 30;
    const tail = testBytes(100);
    const first: Written = { name: utf8Encode('a/large'), size, crc: 0, time: 0x210000, offset: 0 };
    const header = localHeader(first);
    const second: Written = {
      ...first,
      name: utf8Encode('a/tail'),
      size: 100,
      crc: crc32(tail),
      offset: header.length + size,
    };
    const rest = concatBytes([localHeader(second), tail]);
    const directory = concatBytes([centralHeader(first), centralHeader(second)]);
    const start = second.offset + rest.length;
    const file = await open(path, 'w');
    await file.write(header, 0, header.length, 0);
    const end = concatBytes([rest, directory, endRecords(2, start, start + directory.length)]);
    await file.write(end, 0, end.length, second.offset);
    await file.close();
    const code =
      'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.open("a/large").read(9) == bytes(9)\n' +
      'print([(i.filename, i.file_size, i.header_offset) for i in z.infolist()], list(z.read("a/tail")[:3]))';
    expect(await python(code, path)).toBe(
      `[('a/large', ${size}, 0), ('a/tail', 100, ${second.offset})] [${[...tail.slice(0, 3)].join(', ')}]\n`,
    );
    const readable = await open(path);
    let most = 0;
    const large: Sliceable = {
      size: (await readable.stat()).size, // a Blob of Node 20 counts modulo 4 GB
      slice: (from, to) => ({
        arrayBuffer: async () => {
          most = Math.max(most, to - from);
          return (await readable.read(new Uint8Array(to - from), 0, to - from, from)).buffer.buffer;
        },
      }),
    };
    const store = await zipStore(large);
    expect(await store.get('a/tail')).toEqual(tail);
    expect(await store.getRange('a/large', size - 4, size + 4)).toEqual(new Uint8Array(4));
    expect(most).toBeLessThan(70_000);
    await readable.close();
  });

  it('reads one entry ahead at most, and closes the source when cancelled', async () => {
    let asked = 0;
    let closed = false;
    async function* source(): AsyncGenerator<ZipEntry> {
      try {
        for (;;) yield { name: `e${asked++}`, bytes: testBytes(10) };
      } finally {
        closed = true;
      }
    }
    const reader = zipStream(source()).getReader();
    expect(asked).toBe(0);
    await reader.read();
    expect(asked).toBe(1);
    await reader.cancel();
    expect(closed).toBe(true);
  });

  it('throws the reason of an abort and closes the source', async () => {
    const controller = new AbortController();
    let closed = false;
    async function* source(): AsyncGenerator<ZipEntry> {
      try {
        yield { name: 'a', bytes: testBytes(10) };
        controller.abort('enough');
        yield { name: 'b', bytes: testBytes(10) };
      } finally {
        closed = true;
      }
    }
    await expect(collect(zipStream(source(), { signal: controller.signal }))).rejects.toBe('enough');
    expect(closed).toBe(true);
  });

  it('refuses names that lead out, and names that come twice', async () => {
    for (const name of ['../x', '/x', 'a\\b', ''])
      await expect(zipOf([{ name, bytes: testBytes(1) }])).rejects.toThrow(RangeError);
    await expect(
      zipOf([
        { name: 'a', bytes: testBytes(1) },
        { name: 'a', bytes: testBytes(1) },
      ]),
    ).rejects.toThrow(/twice/);
  });
});

describe('storeToZip', () => {
  it('saves a store under a folder, and the zip opens as the same store', async () => {
    const store = memoryStore();
    await store.write([...contractValues].map(([key, bytes]) => ({ key, bytes })));
    const reports: number[] = [];
    const zip = await collect(
      await storeToZip(store, { folder: 'pets', onProgress: ({ done }) => reports.push(done) }),
    );
    const opened = await zipStore(new Blob([zip]));
    expect(await snapshot(opened)).toEqual(await snapshot(store));
    expect((await keysOf(await zipStore(new Blob([zip]), { root: '' }), ''))[0]).toBe('pets/100%/%2e%2e/%41?x=1#y&z+');
    expect(reports.at(-1)).toBe(contractValues.size);
    expect(reports).toEqual([...reports].sort((a, b) => a - b));
  });

  it('says so when a store cannot be listed', async () => {
    await expect(storeToZip({ address: 'x', get: () => undefined })).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('zipStore', () => {
  it.runIf(hasPython)('reads what Python writes: stored, deflated, zip64, a comment, bytes in front', async () => {
    const path = join(folder, 'theirs.zip');
    const code = `
import sys, zipfile
open(sys.argv[1], 'wb').write(b'something in front')
z = zipfile.ZipFile(sys.argv[1], 'a')
z.comment = b'PK\\x05\\x06 looks like an end record'
z.mkdir('pets') if hasattr(z, 'mkdir') else z.writestr('pets/', b'')
z.writestr('pets/dataset_meta.json', b'{}')
z.writestr('pets/images/chunks/1', bytes(range(256)) * 1000, zipfile.ZIP_DEFLATED)
with z.open(zipfile.ZipInfo('pets/b\\u00fccher'), 'w', force_zip64=True) as f: f.write(b'hello')
z.close()`;
    await python(code, path);
    const store = await zipStore(await openAsBlob(path));
    expect(await keysOf(store, '')).toEqual(['bücher', 'dataset_meta.json', 'images/chunks/1']);
    expect(await store.get('bücher')).toEqual(utf8Encode('hello'));
    const whole = Uint8Array.from({ length: 256_000 }, (_, i) => i);
    expect(sumOf(await store.get('images/chunks/1'))).toBe(sumOf(whole));
    expect(await store.getRange('images/chunks/1', 250_000, 250_010)).toEqual(whole.slice(250_000, 250_010));
  });

  it('asks for the root when several datasets lie side by side', async () => {
    const bytes = utf8Encode('{}');
    const zip = new Blob([
      await zipOf(
        ['a/dataset_meta.json', 'b/dataset_meta.json', 'b/c/dataset_meta.json'].map((name) => ({ name, bytes })),
      ),
    ]);
    await expect(zipStore(zip)).rejects.toThrow(/root: a, b\./);
    expect(await keysOf(await zipStore(zip, { root: 'b' }), '')).toEqual(['c/dataset_meta.json', 'dataset_meta.json']);
  });

  it('names the entry and both checksums when they differ', async () => {
    const zip = await zipOf([{ name: 'a', bytes: testBytes(100) }]);
    zip.set([1, 2, 3], 50);
    const store = await zipStore(new Blob([zip]));
    await expect(store.get('a')).rejects.toMatchObject({ code: 'corrupt', data: { key: 'a' } });
    await expect(store.get('a')).rejects.toThrow(/a has a wrong checksum: expected 0x\w{8}, got 0x\w{8}/);
  });

  it('refuses names that lead out of the zip', async () => {
    for (const name of ['../x', '/etc/passwd', 'a/../../x', 'a\\..\\x', 'C:/x', 'C:x', './x', 'a//x', 'x\0y']) {
      await expect(zipStore(new Blob([rawZip(name, testBytes(1), {})])), name).rejects.toMatchObject({
        code: 'corrupt',
      });
    }
  });

  it('refuses sizes that are lies, without using memory for them', async () => {
    const packed = toBytes(deflateRawSync(new Uint8Array(100_000)));
    const crc = crc32(new Uint8Array(100_000));
    const get = async (zip: Bytes) => (await zipStore(new Blob([zip]))).get('a');
    expect((await get(rawZip('a', packed, { size: 100_000, crc })))?.length).toBe(100_000);
    await expect(get(rawZip('a', packed, { size: 99_999, crc }))).rejects.toThrow(
      /longer than it says: expected 99999/,
    );
    await expect(get(rawZip('a', packed, { size: 100_001, crc }))).rejects.toThrow(
      /shorter than it says: expected 100001/,
    );
    await expect(get(rawZip('a', packed, { size: 4e9, crc }))).rejects.toThrow(/cannot be as long as it says/);
    await expect(get(rawZip('a', packed, { size: 4e9, method: 0 }))).rejects.toThrow(/two sizes/);
    await expect(get(rawZip('a', packed.slice(0, 50), { size: 40_000, crc }))).rejects.toMatchObject({
      code: 'corrupt',
    });
  });

  it('does not decompress what comes after a range', async () => {
    const whole = testBytes(500_000);
    const packed = toBytes(deflateRawSync(whole));
    packed.fill(0xff, packed.length >> 1); // the second half is damaged
    const store = await zipStore(new Blob([rawZip('a', packed, { size: whole.length, crc: crc32(whole) })]));
    expect(await store.getRange('a', 1000, 2000)).toEqual(whole.slice(1000, 2000));
    await expect(store.get('a')).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('says what it cannot read', async () => {
    for (const change of [{ method: 12 }, { flags: 1 }]) {
      const store = await zipStore(new Blob([rawZip('a', testBytes(9), change)]));
      await expect(store.get('a')).rejects.toMatchObject({ code: 'unsupported' });
    }
  });

  it('gives a typed error for every way to cut a zip off', async () => {
    const zip = await zipOf([
      { name: 'a', bytes: testBytes(40) },
      { name: 'b/c', bytes: testBytes(5) },
    ]);
    for (let length = 0; length < zip.length; length++) {
      const caught = await zipStore(new Blob([zip.slice(0, length)])).catch((error: unknown) => error);
      expect(isDatasetError(caught, 'corrupt'), `${length} bytes`).toBe(true);
    }
  });

  it('reads or refuses a zip with changed bytes, and never hangs or runs wild', async () => {
    const values = new Map([
      ['a', testBytes(40)],
      ['b/c', testBytes(300)],
    ]);
    const zip = await zipOf(entriesOf(values));
    const change = fc.tuple(fc.nat(zip.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bad = zip.slice();
        for (const [at, byte] of changes) bad[at] = byte;
        try {
          const store = await zipStore(new Blob([bad]));
          for (const key of await keysOf(store, '')) {
            const bytes = await store.get(key);
            expect((bytes?.length ?? 0) <= zip.length * 1100).toBe(true);
          }
        } catch (error) {
          if (!isDatasetError(error)) throw error;
        }
      }),
      { numRuns: 400 },
    );
  });
});
