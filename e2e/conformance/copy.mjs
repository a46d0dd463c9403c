/**
 * Copies a dataset with the library's writer:
 * node e2e/conformance/copy.mjs [--strict] <source folder or zip> <target folder>
 *
 * What was left out is printed to stderr; with --strict that is a failure (exit code 3). Needs dist/ (npm run build).
 */
import { folderStore } from '../../dist/node.js';
import { copyDataset } from './copy-dataset.mjs';
import { library } from './library.mjs';
import { linksBeside, openPath } from './open-folder.mjs';

const args = process.argv.slice(2);
const strict = args.includes('--strict');
const [source, target, ...more] = args.filter((arg) => arg !== '--strict');
if (source === undefined || target === undefined || more.length > 0) {
  console.error('Usage: node e2e/conformance/copy.mjs [--strict] <source folder or zip> <target folder>');
  process.exit(2);
}
try {
  const { copied, leftOut } = await copyDataset(library, await openPath(source), folderStore(target), {
    resolveLink: linksBeside(source),
  });
  for (const line of leftOut) console.error(line);
  console.error(`Copied ${copied.length} tensors.`);
  if (strict && leftOut.length > 0) process.exitCode = 3;
} catch (error) {
  console.error(library.isDatasetError(error) ? error.message : error);
  process.exitCode = 1;
}
