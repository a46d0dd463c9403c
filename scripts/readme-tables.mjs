/**
 * Writes the parts of README.md that come from the code, each between two markers: the tables of htypes and of compressions, and the example
 * of an htype of one's own. With --check nothing is written, and a README that is not up to date fails.
 *
 * Needs dist/ (npm run build).
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseSync } from 'vite';
import { codecTable } from './codec-table.mjs';
import { root } from './install.mjs';

const module = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const text = (path) => readFileSync(join(root, path), 'utf8');
const code = (names) => names.map((name) => `\`${name}\``).join(', ');

// What the types that `append` takes are for a reader. A type that is not here fails: add a word for it.
const words = {
  ArrayInput: 'arrays',
  Blob: 'files',
  Box: 'boxes',
  EncodedSample: 'files',
  FileInput: 'files',
  FileSample: 'files',
  ImageInput: 'image files, `ImageData`, `ImageBitmap`, canvas, arrays',
  JsonInput: 'JSON',
  MaskInput: 'arrays, image files',
  MediaInput: 'files, arrays',
  NamesOf: 'names',
  NdArrayInput: 'arrays',
  NumberArray: 'arrays',
  NumericInput: 'numbers, arrays',
  PolygonInput: 'lists of points, arrays',
  number: 'numbers',
  string: 'strings',
};

/** Lines of `HtypeMap`: for each htype the text of its two types. */
function typesOf() {
  const source = text('dist/htype/schema.d.ts');
  const { program } = parseSync('schema.d.ts', source, { lang: 'dts' });
  const map = program.body.find(({ declaration }) => declaration?.id?.name === 'HtypeMap').declaration;
  const textOf = (node) => source.slice(node.start, node.end);
  return new Map(
    map.body.body.map(({ key, typeAnnotation }) => {
      const members = typeAnnotation.typeAnnotation.members;
      const [input, output] = members.map((member) => textOf(member.typeAnnotation.typeAnnotation));
      return [key.name ?? key.value, { input, output }];
    }),
  );
}

function appendCell(type) {
  const names = type.match(/[A-Za-z]\w*/g).filter((name) => !/^(readonly|null|O|OneOrMany|ArrayBuffer)$/.test(name));
  const said = names.map((name) => {
    const word = /^(Big)?(Uint|Int|Float)\d+Array$/.test(name) ? 'arrays' : words[name];
    if (!word) throw new Error(`scripts/readme-tables.mjs has no word for the type ${name}.`);
    return word;
  });
  return [...new Set(said.flatMap((word) => word.split(', ')))].join(', ');
}

function readCell(type) {
  if (type === 'unknown' || type === 'readonly unknown[]') return type === 'unknown' ? 'JSON' : 'list of JSON';
  let name = type.replace(/^readonly /, '');
  for (let last = ''; last !== name; ) {
    last = name;
    name = name.replace(/<[^<>]*>/g, '');
  }
  return `\`${name}\``;
}

function compressionCell(spec, imageFormats, takesFiles) {
  const { sampleCompressions, chunkCompressions, needsCompression, needsFiles } = spec;
  // Where every name is accepted, image formats make sense for what may come as an image file.
  const given = sampleCompressions ?? [...(takesFiles ? imageFormats : []), 'lz4'];
  const images = imageFormats.every((name) => given.includes(name));
  const named = images ? given.filter((name) => !imageFormats.includes(name)) : given;
  const list = [...(images ? ['image formats'] : []), ...(named.length > 0 ? [code(named)] : [])];
  if (!needsFiles) list.push('none');
  const how = chunkCompressions?.length === 0 ? '' : '; by sample or chunk';
  return `${list.join(', ')}${how}${needsCompression ? '; to be named' : ''}`;
}

function typeCell({ dtype, textLike, acceptsDtype }) {
  if (dtype === null) return 'of the first sample';
  if (!textLike) return `\`${dtype}\``;
  return acceptsDtype ? `\`${dtype}\`, or a schema` : `\`${dtype}\``;
}

/** Base htypes of the datasets that Deep Lake wrote and the tests compare with, in both directions. */
function goldenHtypes() {
  const folder = 'e2e/fixtures/golden';
  const files = readdirSync(join(root, folder)).filter((name) => name.endsWith('.expected.json'));
  const tensors = files.flatMap((name) => {
    const { states } = JSON.parse(text(`${folder}/${name}`));
    return Object.values(states).flatMap((state) => Object.values(state.tensors));
  });
  return new Set(tensors.map((tensor) => tensor.base_htype));
}

async function htypeTable() {
  const { htypes, loadHtype } = await module('htype/table.js');
  const { compressions } = await module('codec/table.js');
  const types = typesOf();
  const golden = goldenHtypes();
  const names = [...compressions.keys()];
  const imageFormats = names.filter((name) => compressions.get(name) === 'image');
  const lines = [
    '| htype | append | read | compressions | types | Deep Lake reads it |',
    '| --- | --- | --- | --- | --- | :-: |',
  ];
  for (const htype of htypes) {
    const spec = await loadHtype(htype, htype);
    const { input = '', output = '' } = types.get(htype) ?? {};
    if (input === '') throw new Error(`HtypeMap has no line for ${htype}.`);
    const append = appendCell(input);
    const compression = compressionCell(spec, imageFormats, append.includes('files'));
    const cells = [`\`${htype}\``, append, readCell(output), compression, typeCell(spec)];
    lines.push(`| ${[...cells, golden.has(htype) ? '✓' : 'untested'].join(' | ')} |`);
  }
  const also =
    'All of them also as `sequence[…]` (but `tag`) and `link[…]` (but `generic`). `null` is an empty sample.';
  return [...lines, '', also].join('\n');
}

const parts = {
  htypes: htypeTable,
  codecs: codecTable,
  'own-htype': () => `\`\`\`ts\n${text('e2e/consumer/app/own-htype.ts').trimEnd()}\n\`\`\``,
};

if (!existsSync(join(root, 'dist/index.js'))) throw new Error('dist/ is missing. Run "npm run build" first.');
const before = text('README.md');
let after = before;
for (const [name, make] of Object.entries(parts)) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [after.indexOf(start), after.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md lacks the markers ${start} and ${end}.`);
  after = `${after.slice(0, from + start.length)}\n${await make()}\n${after.slice(to)}`;
}
if (after === before) console.log('README.md is up to date.');
else if (process.argv.includes('--check')) {
  console.error('README.md is not up to date with the code. Run: node scripts/readme-tables.mjs');
  process.exitCode = 1;
} else writeFileSync(join(root, 'README.md'), after);
