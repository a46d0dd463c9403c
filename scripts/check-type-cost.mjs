/**
 * Type-checks a dataset of 100 tensors against the built declarations, and fails when that costs the compiler more than
 * its budget of instantiations: editors check a schema with every key that is pressed.
 *
 * Needs dist/ (npm run build).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './install.mjs';

const tensors = 100;
const limit = 20_000; // instantiations

// One of each kind of builder; `n` makes their options differ, as they do in practice.
const builders = [
  () => "image({ sampleCompression: 'jpeg' })",
  (n) => `classLabel(['cat${n}', 'dog${n}'])`,
  () => 'classLabel()',
  () => "bbox({ coords: { type: 'pixel', mode: 'LTWH' } })",
  () => "generic({ dtype: 'float32' })",
  () => "text({ chunkCompression: 'lz4' })",
  () => 'json()',
  (n) => `segmentMask(['sky', 'road${n}'], { sampleCompression: 'lz4' })`,
  () => "binaryMask({ sampleCompression: 'lz4' })",
  (n) => `keypointsCoco({ keypoints: ['knee', 'foot${n}'], connections: [[0, 1]] })`,
  () => 'polygon()',
  () => "embedding({ dtype: 'float32' })",
  () => "video({ sampleCompression: 'mp4' })",
  () => "sequence(image({ sampleCompression: 'png' }))",
  () => "{ htype: 'link[image]', sampleCompression: 'jpeg' }",
];

function program(library) {
  const lines = Array.from({ length: tensors }, (_, n) => `  t${n}: ${builders[n % builders.length]?.(n)},`);
  const names = new Set(lines.join('\n').match(/\b[a-zA-Z]+(?=\()/g));
  const rows = Array.from({ length: tensors }, (_, n) => `row.t${n}`);
  return `import { createDataset, openDataset, ${[...names].join(', ')} } from ${JSON.stringify(library)};
const schema = {
${lines.join('\n')}
} as const;
await using written = await createDataset('memory://cost', schema);
await written.tensor('t1').append('cat1');
await using ds = await openDataset('memory://cost', { schema });
for await (const row of ds) console.log(${rows.join(', ')});
export const names: readonly ('cat1' | 'dog1' | undefined)[] = (await ds.at(0)).t1.names;
`;
}

const library = join(root, 'dist/index.js');
if (!existsSync(library)) throw new Error('dist/index.js is missing. Run "npm run build" first.');
const folder = mkdtempSync(join(tmpdir(), 'lakelet-types-'));
try {
  writeFileSync(join(folder, 'main.ts'), program(library.replaceAll('\\', '/')));
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions: { types: [] }, include: ['main.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder, '--extendedDiagnostics'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The schema does not type-check:\n${stdout}`);
  const count = Number(/^Instantiations:\s+(\d+)/m.exec(stdout)?.[1] ?? Number.NaN);
  console.log(`A schema of ${tensors} tensors: ${count} instantiations, at most ${limit}.`);
  if (!(count <= limit)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
