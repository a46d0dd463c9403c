/**
 * The commands behind `npm start`, `npm test`, `npm run build` and `npm run bench`.
 *
 * Uses nothing but Node at its top, so that it works when nothing is installed and when npm skips install scripts.
 */
import { spawnSync } from 'node:child_process';
import { installPackages, root } from './install.mjs';

const usage = `usage: node scripts/run.mjs <command> [arguments]
  start [vite options]     serves the demo
  test [--only a,b]        runs all checks, or those named and what they need
  build                    compiles the library to dist/
  bench [bench options]    measures in Chromium`;

/** Runs a program of this repository with this terminal. @returns its exit code. */
function node(script, args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  return status ?? 1;
}

async function test(args) {
  const { parseTestArguments, runSteps } = await import('./test-steps.mjs');
  const only = parseTestArguments(args);
  const { installBrowser } = await import('./install-browser.mjs');
  return runSteps(only, installBrowser);
}

async function build() {
  const { buildLibrary } = await import('./build.mjs');
  return buildLibrary();
}

async function bench(args) {
  const { installBrowser } = await import('./install-browser.mjs');
  await installBrowser();
  const code = await build();
  return code === 0 ? node('scripts/bench.mjs', args) : code;
}

const commands = { start: (args) => node('node_modules/vite/bin/vite.js', args), test, build, bench };

async function main([name, ...args]) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`lakelet needs Node 20.19 or newer; this is Node ${process.versions.node}.`);
  }
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
  if (!command) throw new Error(usage);
  installPackages();
  return command(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (process.argv[2] === 'test') console.log('\n0 passed, 1 failed');
  process.exitCode = 1;
}
