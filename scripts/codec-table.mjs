/**
 * The README's table of compressions: what this build does with each, how exact that is, and what a page downloads for it.
 *
 * What is read and written is asked of the codecs, sizes are those of a bundle, licences those of the packages in it.
 * Needs dist/.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { root } from './install.mjs';

const dist = join(root, 'dist');

// How exact decoding is: the tests that compare with these programs are named in CONTRIBUTING.
const exactness = {
  image: 'equal to Pillow',
  jpeg: 'equal to Pillow; without WebAssembly near it',
  mpo: 'equal to Pillow; without WebAssembly near it',
  jpeg2000: 'equal to Pillow; lossy ones of 2 or 4 components ±1',
  wav: 'the numbers of the file',
  flac: 'the numbers of the file',
  mp3: 'FFmpeg’s to 1e-5',
  video: '8-bit 4:2:0 equal to PyAV',
  dcm: 'equal to pydicom',
  nii: 'equal to nibabel',
  'nii.gz': 'equal to nibabel',
  las: 'the numbers of the file',
  ply: 'the numbers of the file',
  stl: 'the numbers of the file',
  lz4: 'lossless',
};

const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;
const kilobytes = (bytes) => (bytes < 950 ? (bytes / 1000).toFixed(1) : String(Math.round(bytes / 1000)));

/** Bundles what a codec loads, and finds the packages and the WebAssembly in it. */
async function downloadOf(files, core) {
  const build = await rolldown({
    input: files.map((file) => join(dist, 'codec', file)),
    platform: 'browser',
    // What runs tasks in workers knows all tasks, of which a codec uses its own.
    external: (id) => id.startsWith('node:') || id.endsWith('/tasks.js'),
    logLevel: 'silent',
  });
  const { output } = await build.generate({ format: 'es', minify: true });
  await build.close();
  let script = 0;
  const wasm = new Set();
  const packages = new Set();
  for (const chunk of output) {
    if (chunk.type !== 'chunk') continue;
    const own = chunk.moduleIds.filter((id) => !core.has(id));
    if (own.length === 0) continue;
    script += gzip(chunk.code);
    for (const [, path] of chunk.code.matchAll(/["'`]\.\.\/\.\.\/(wasm\/[\w-]+\/[\w-]+\.wasm)["'`]/g)) wasm.add(path);
    for (const id of own) {
      const name = relative(root, id).match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];
      if (name) packages.add(name);
    }
  }
  // Some bring their WebAssembly only: its folder has their name.
  for (const path of wasm) {
    const [, name = ''] = path.split('/');
    if (builtHere[name] || existsSync(join(root, 'node_modules', name, 'package.json'))) packages.add(name);
  }
  return { script, wasm: [...wasm], packages: [...packages] };
}

/** Modules that a page has loaded before it meets a codec. */
async function coreModules() {
  const build = await rolldown({ input: join(dist, 'index.js'), platform: 'browser', logLevel: 'silent' });
  const { output } = await build.generate({ format: 'es' });
  await build.close();
  const entry = output.find((chunk) => chunk.type === 'chunk' && chunk.isEntry);
  const byName = new Map(output.map((chunk) => [chunk.fileName, chunk]));
  const seen = new Set();
  const ids = new Set();
  const visit = (chunk) => {
    if (!chunk || seen.has(chunk.fileName)) return;
    seen.add(chunk.fileName);
    for (const id of chunk.moduleIds) ids.add(id);
    for (const name of chunk.imports) visit(byName.get(name));
  };
  visit(entry);
  return ids;
}

// Code of others that is built here and comes from no package.
const builtHere = { 'libjpeg-turbo': 'IJG, BSD-3-Clause, Zlib' };

const licenceOf = (name) =>
  builtHere[name] ?? JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).license;

function sizeCell({ script, wasm }, encodes) {
  const size = (path) => gzip(readFileSync(join(root, path)));
  const all = wasm.map((path) => ({ bytes: size(path), decodes: path.endsWith('/decode.wasm') }));
  const sum = (decodes) => all.filter((one) => one.decodes === decodes).reduce((total, { bytes }) => total + bytes, 0);
  const [reading, writing] = [sum(true), sum(false)];
  return [
    `${kilobytes(script)} kB`,
    ...(reading > 0 ? [` + ${kilobytes(reading)} kB WebAssembly`] : []),
    ...(writing > 0 && encodes ? [`, to write ${kilobytes(writing)} kB`] : []),
  ].join('');
}

/** What this build can do with a compression. @returns `{ decodes, encodes }` */
async function abilityOf(entry) {
  const refuses = (error) => {
    if (error.code === 'unsupported') return true;
    if (error.code === 'codec') return false; // no file is that short: there is a decoder
    throw error;
  };
  try {
    const codec = await entry.load({});
    try {
      await codec.decode(new Uint8Array(1), {});
    } catch (error) {
      return { decodes: !refuses(error), encodes: codec.encode !== undefined };
    }
    return { decodes: true, encodes: codec.encode !== undefined };
  } catch (error) {
    if (!refuses(error)) throw error;
    return { decodes: false, encodes: false };
  }
}

/** Makes the table. */
export async function codecTable() {
  const { codecEntry, compressions } = await import(pathToFileURL(join(dist, 'codec/table.js')).href);
  const core = await coreModules();
  const lines = [
    '| compression | decode | encode | exactness | download, gzip | code of others in it |',
    '| --- | --- | :-: | --- | --- | --- |',
  ];
  const groups = new Map(); // lines that differ in their names only are one
  for (const [name, kind] of compressions) {
    const entry = codecEntry(name);
    const { decodes, encodes } = await abilityOf(entry);
    const isVideo = kind === 'video'; // whose codec only says to read frames
    const files = [...entry.load.toString().matchAll(/import\(['"]\.\/([\w-]+\.js)['"]\)/g)].map(([, file]) => file);
    const { packages, ...size } =
      files.length > 0 ? await downloadOf(files, core) : { packages: [], script: 0, wasm: [] };
    const licences = packages.map((one) => `\`${one}\` (${licenceOf(one)})`).join(', ');
    const cells = [
      isVideo ? 'frames' : decodes ? '✓' : 'kept as files',
      encodes ? '✓' : '',
      isVideo || decodes ? (exactness[name] ?? exactness[kind]) : '',
      files.length > 0 ? sizeCell(size, encodes) : '',
      licences,
    ];
    const key = JSON.stringify(cells);
    groups.set(key, { names: [...(groups.get(key)?.names ?? []), name], cells });
  }
  for (const { names, cells } of groups.values())
    lines.push(`| ${[names.map((name) => `\`${name}\``).join(' '), ...cells].join(' | ')} |`);
  return lines.join('\n');
}
