/** The library under strict policies: what works, what says why it does not, and what a page downloads. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { build, type Plugin, type PreviewServer, preview } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const root = here('..');
const mediaFolder = here('fixtures/media');
const common = [
  "default-src 'none'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "style-src 'self'",
];
const withWasm = ["script-src 'self' 'wasm-unsafe-eval'", ...common].join('; ');
const withoutWasm = ["script-src 'self'", ...common].join('; ');

interface Decoded {
  readonly shape?: readonly number[];
  readonly dtype?: string;
  readonly sha256?: string;
  readonly mean?: number;
  readonly code?: string;
  readonly message?: string;
}

interface PageResult {
  readonly value: Readonly<Record<string, Decoded>>;
  readonly violations: readonly string[];
  /** Whether the page has the headers that SharedArrayBuffer needs. */
  readonly isolated: boolean;
}

// An lz4 block as Deep Lake stores it: size, then one run of literals (50 x 40 numbers i * 7).
const lz4Values = Uint8Array.from({ length: 2000 }, (_, i) => i * 7);
const lz4Block = Buffer.concat([
  Uint8Array.of(2000 & 255, 2000 >> 8, 0, 0, 0xf0, ...new Array(7).fill(255), 2000 - 15 - 7 * 255),
  lz4Values,
]);

const expected: Readonly<Record<string, Decoded>> = (() => {
  const json = (name: string) => JSON.parse(readFileSync(join(mediaFolder, name), 'utf8'));
  const inFolder = (folder: string, list: Record<string, Decoded>) =>
    Object.fromEntries(Object.entries(list).map(([name, facts]) => [`${folder}/${name}`, facts]));
  return {
    ...json('media.json'),
    ...json('volumes.json'),
    ...inFolder('lib', json('lib/lib.json')),
    ...inFolder('small', json('small/small.json')),
  };
})();

const plain = [
  'gray-16.png',
  'lib/p.gif',
  'lib/rgb-tiff_lzw.tiff',
  'small/rle-8.bmp',
  's16-mono.wav',
  's24-stereo.flac',
];
const needWasm = ['rgb-420.jpg', 'cmyk-420.jpg', 'lib/lossy.webp', 'lib/rgb.jp2'];
const files = [...plain, ...needWasm, 'lib/rgba.jp2', 'block.lz4'];

let folder = '';
/** Source modules by the name of the file that they were built into. */
const builtFrom = new Map<string, string[]>();

function collect(): Plugin {
  return {
    name: 'collect-modules',
    generateBundle(_, bundle) {
      for (const part of Object.values(bundle)) {
        const file = basename(part.fileName);
        if (part.type === 'chunk') {
          const ids = part.moduleIds.map((id) => id.split('?', 1)[0] ?? id);
          builtFrom.set(file, ids);
          continue;
        }
        const [path] = part.originalFileNames;
        if (path?.endsWith('.wasm')) builtFrom.set(file, [join(root, path.replace(/^.*wasm\//, 'wasm/'))]);
      }
    },
  };
}

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lakelet-policy-'));
  await build({
    root: here('policy'),
    configFile: false,
    logLevel: 'error',
    base: './',
    plugins: [collect()],
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
    worker: { format: 'es', plugins: () => [collect()] },
  });
  for (const name of files) {
    const target = join(folder, 'media', name);
    mkdirSync(dirname(target), { recursive: true });
    if (name === 'block.lz4') writeFileSync(target, lz4Block);
    else cpSync(join(mediaFolder, name), target);
  }
});

test.afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

async function serve(policy: string): Promise<{ url: string; server: PreviewServer }> {
  const headers = { 'Content-Security-Policy': policy };
  const server = await preview({
    root: here('policy'),
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder },
    preview: { host: 'localhost', port: 0, headers },
  });
  return { url: server.resolvedUrls?.local[0] ?? '', server };
}

/** Opens the page under a policy. @returns what it wrote, what it and its workers complained of, and what was loaded. */
async function open(page: import('@playwright/test').Page, policy: string, query: string) {
  const { url, server } = await serve(policy);
  const complaints: string[] = [];
  const loaded = new Set<string>();
  const workers = new Set<string>();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('worker', (worker) => workers.add(basename(new URL(worker.url()).pathname)));
  page.context().on('response', (response) => loaded.add(basename(new URL(response.url()).pathname)));
  try {
    await page.goto(`${url}?${query}`);
    const output = page.locator('output');
    await output.waitFor({ timeout: 30_000 });
    const result: PageResult = JSON.parse((await output.textContent()) ?? '{}');
    return { ...result, complaints, loaded, workers };
  } finally {
    await server.close();
  }
}

function checkExact(value: PageResult['value'], names: readonly string[]): void {
  for (const name of names) {
    const { shape, dtype, sha256 } = expected[name] ?? {};
    expect({ name, ...value[name] }).toMatchObject({ name, shape, dtype, sha256 });
  }
}

const lz4Sum = async (): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', lz4Values)).toString('hex');

test('under a policy that allows WebAssembly everything decodes in workers', async ({ page }) => {
  const { value, violations, complaints, workers, isolated } = await open(page, withWasm, `decode=${files.join(',')}`);
  checkExact(value, [...plain, ...needWasm, 'lib/rgba.jp2']);
  expect(value['block.lz4']).toMatchObject({ shape: [2000], dtype: 'uint8', sha256: await lz4Sum() });
  expect([violations, complaints]).toEqual([[], []]);
  expect([workers.size, isolated]).toEqual([1, false]); // one script, and no need of special headers
});

test('under a policy without it plain JavaScript decodes, and the rest says what it needs', async ({ page }) => {
  const { value, complaints } = await open(page, withoutWasm, `decode=${files.join(',')}`);
  checkExact(value, [...plain, 'lib/rgba.jp2']);
  expect(value['block.lz4']).toMatchObject({ sha256: await lz4Sum() });
  for (const name of ['rgb-420.jpg', 'cmyk-420.jpg']) {
    // jpeg-js: the right picture, not to the last digit.
    expect(value[name]).toMatchObject({ shape: expected[name]?.shape, dtype: 'uint8' });
  }
  expect(value['cmyk-420.jpg']?.mean).toBeGreaterThan(0);
  for (const name of ['lib/lossy.webp', 'lib/rgb.jp2']) {
    expect(value[name]?.code).toBe('unsupported');
    expect(value[name]?.message).toMatch(/needs WebAssembly, which this page forbids.*wasm-unsafe-eval/);
  }
  for (const complaint of complaints) expect(complaint).toMatch(/WebAssembly|wasm/i);
});

test('a page that shows one JPEG downloads the core, what writes, and the JPEG codec', async ({ page }) => {
  const { value, violations, complaints, loaded } = await open(page, withWasm, 'dataset=rgb-420.jpg');
  const { shape, dtype, sha256 } = expected['rgb-420.jpg'] ?? {};
  expect(value).toMatchObject({ shape, dtype, sha256, width: shape?.[1] });
  expect([violations, complaints]).toEqual([[], []]);
  const modules = [...loaded]
    .flatMap((file) => builtFrom.get(file) ?? [])
    .map((id) => relative(root, id).replaceAll('\\', '/'));
  const names = [...new Set(modules)].sort();
  const codecs = names
    .filter((name) => name.startsWith('src/codec/'))
    .map((name) => basename(name, '.ts'))
    .sort();
  const packages = names.flatMap((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []);
  expect({ codecs, packages: [...new Set(packages)], wasm: names.filter((name) => name.endsWith('.wasm')) }).toEqual({
    codecs: [
      'codec.worker',
      'detect',
      'emscripten',
      'exif',
      'inline-pool',
      'jpeg',
      'jpeg-bits',
      'jpeg-cmyk',
      'jpeg-header',
      'jpeg-planes',
      'libjpeg-turbo',
      'pool',
      'spare-buffers',
      'table',
      'tasks',
      'wasm-module',
      'worker-pool',
      'worker-protocol',
    ],
    packages: [],
    wasm: ['wasm/libjpeg-turbo/decode.wasm'],
  });
});
