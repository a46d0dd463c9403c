/**
 * Measures what a page downloads and fails when the core is too large.
 *
 * The core is dist/index.js, all that it imports statically, and its own lazy parts (stores, zip). Not the core: what
 * is reached only through an `import()` of dist/codec/ or of another package, and workers. With --json the last line
 * is one object of the raw numbers, in bytes.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { root } from './install.mjs';

const coreLimit = 30_000; // bytes of gzip: design budget of the core
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

/** Names of the chunks that belong to the core: reached from the entry without a lazy codec. */
function coreNames(chunks) {
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const names = new Set();
  const visit = (chunk) => {
    if (!chunk || names.has(chunk.fileName)) return;
    names.add(chunk.fileName);
    for (const name of chunk.imports) visit(byFile.get(name));
    for (const name of chunk.dynamicImports) {
      if (!isCodec(byFile.get(name)?.facadeModuleId)) visit(byFile.get(name));
    }
  };
  visit(chunks.find((chunk) => chunk.isEntry));
  return names;
}

if (!existsSync(join(dist, 'index.js'))) throw new Error('dist/index.js is missing. Run "npm run build" first.');
const chunks = await bundle(join(dist, 'index.js'));
const inCore = coreNames(chunks);
const rows = chunks.map((chunk) => ({ name: chunk.fileName, core: inCore.has(chunk.fileName), ...sizeOf(chunk) }));
for (const path of readdirSync(dist, { recursive: true }).filter((file) => file.endsWith('.worker.js'))) {
  const parts = await bundle(join(dist, path));
  const worker = parts.filter((chunk) => coreNames(parts).has(chunk.fileName));
  rows.push({ name: `worker ${basename(path)}`, core: false, ...sum(worker.map(sizeOf)) });
}
const core = sum(rows.filter((row) => row.core));

rows.sort((a, b) => Number(b.core) - Number(a.core) || b.gzip - a.gzip);
const line = (name, { raw, gzip }) => `${name.padEnd(44)}${String(raw).padStart(10)}${String(gzip).padStart(10)}`;
console.log(`${'chunk'.padEnd(44)}${'bytes'.padStart(10)}${'gzip'.padStart(10)}`);
for (const row of rows) console.log(line(`${row.core ? 'core' : 'lazy'}  ${row.name}`, row));
console.log(line(`core, limit ${coreLimit} gzip`, core));
if (core.gzip > coreLimit) {
  console.error(
    `The core is ${core.gzip - coreLimit} bytes too large: expected at most ${coreLimit}, got ${core.gzip}.`,
  );
  process.exitCode = 1;
}
if (process.argv.includes('--json')) console.log(JSON.stringify({ core, coreLimit, chunks: rows }));
