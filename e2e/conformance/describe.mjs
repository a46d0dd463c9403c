/**
 * Prints a dataset as JSON in the schema golden-expected/1: node e2e/conformance/describe.mjs <dataset folder or zip>
 *
 * Needs dist/ (npm run build).
 */
import { basename, resolve } from 'node:path';
import { describeDataset } from './describe-dataset.mjs';
import { library } from './library.mjs';
import { linksBeside, openPath } from './open-folder.mjs';

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('Usage: node e2e/conformance/describe.mjs <dataset folder or zip>');
  process.exit(2);
}
try {
  const store = await openPath(path);
  const description = await describeDataset(library, store, {
    name: basename(resolve(path), '.zip'),
    resolveLink: linksBeside(path),
  });
  console.log(JSON.stringify(description, null, 1));
} catch (error) {
  console.error(library.isDatasetError(error) ? error.message : error);
  process.exitCode = 1;
}
