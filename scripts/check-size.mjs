/**
 * Measures what a page downloads and fails when the core is too large.
 *
 * The core is dist/index.js and all that it imports statically: what a page loads to open and read datasets, before
 * any codec. The rest loads when it is first needed: the library's own parts (`own`: what writes, stores), and codecs
 * with the packages and workers behind them (`codec`). With --json the last line is one object of the numbers, in bytes.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { root } from './install.mjs';

const coreLimit = 30_000; // bytes of gzip: design budget of the core
const ownLimit = 180_000; // bytes of gzip: the core with everything of the library's own that loads later, readers of media included
const dist = join(root, 'dist');

/** Bundles one module as an application would, minified. @returns its chunks. */
async function bundle(input) {
  const options = { input, platform: 'browser', external: /^node:/, treeshake: true, logLevel: 'silent' };
  const build = await rolldown(options);
  const { output } = await build.generate({
    format: 'es',
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  });
  await build.close();
  return output.filter((part) => part.type === 'chunk');
}

const sizeOf = (chunk) => {
  const bytes = Buffer.from(chunk.code);
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
};

function sum(sizes) {
  return sizes.reduce((a, b) => ({ raw: a.raw + b.raw, gzip: a.gzip + b.gzip }), { raw: 0, gzip: 0 });
}

const isCodec = (path) => relative(dist, path ?? '').match(/^(codec[\\/]|\.\.)/) !== null;

/** Names of the chunks that an entry reaches: by static imports, or also by `import()` of what is no codec. */
function reachedNames(chunks, lazyToo) {
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const names = new Set();
  const visit = (chunk) => {
    if (!chunk || names.has(chunk.fileName)) return;
    names.add(chunk.fileName);
    for (const name of chunk.imports) visit(byFile.get(name));
    if (!lazyToo) return;
    for (const name of chunk.dynamicImports) if (!isCodec(byFile.get(name)?.facadeModuleId)) visit(byFile.get(name));
  };
  visit(chunks.find((chunk) => chunk.isEntry));
  return names;
}

if (!existsSync(join(dist, 'index.js'))) throw new Error('dist/index.js is missing. Run "npm run build" first.');
const chunks = await bundle(join(dist, 'index.js'));
const core = reachedNames(chunks, false);
const own = reachedNames(chunks, true);
const kindOf = (name) => (core.has(name) ? 'core' : own.has(name) ? 'own' : 'codec');
const rows = chunks.map((chunk) => ({ name: chunk.fileName, kind: kindOf(chunk.fileName), ...sizeOf(chunk) }));
for (const path of readdirSync(dist, { recursive: true }).filter((file) => file.endsWith('.worker.js'))) {
  const parts = await bundle(join(dist, path));
  const names = reachedNames(parts, false);
  const worker = parts.filter((chunk) => names.has(chunk.fileName));
  rows.push({ name: basename(path), kind: 'codec', ...sum(worker.map(sizeOf)) });
}
const kinds = ['core', 'own', 'codec'];
rows.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || b.gzip - a.gzip);
const coreSize = sum(rows.filter(({ kind }) => kind === 'core'));
const ownSize = sum(rows.filter(({ kind }) => kind !== 'codec'));

const line = (name, { raw, gzip }) => `${name.padEnd(44)}${String(raw).padStart(10)}${String(gzip).padStart(10)}`;
console.log(`${'chunk'.padEnd(44)}${'bytes'.padStart(10)}${'gzip'.padStart(10)}`);
for (const row of rows) console.log(line(`${row.kind.padEnd(6)} ${row.name}`, row));
console.log(line(`core, limit ${coreLimit} gzip`, coreSize));
console.log(line(`core and own, limit ${ownLimit} gzip`, ownSize));
for (const [what, { gzip }, limit] of [
  ['core', coreSize, coreLimit],
  ['core and what loads later without codecs', ownSize, ownLimit],
]) {
  if (gzip <= limit) continue;
  console.error(`The ${what} is ${gzip - limit} bytes too large: expected at most ${limit}, got ${gzip}.`);
  process.exitCode = 1;
}
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ core: coreSize, coreLimit, own: ownSize, ownLimit, chunks: rows }));
}
