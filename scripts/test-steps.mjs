/**
 * The steps of `npm test`, in order, and how each counts.
 *
 * A step that runs a test runner counts that runner's tests; every other step counts as one check. The first failing
 * step ends the run. The last line is always `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLibrary } from './build.mjs';
import { root } from './install.mjs';

const stepMinutes = 8; // a step that hangs must end before the run's own limit does
const scratch = mkdtempSync(join(tmpdir(), 'lakelet-test-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Runs a Node script and resolves with its exit code. */
function node(script, args = [], env = {}) {
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', 'inherit', 'inherit'];
    const child = spawn(process.execPath, [script, ...args], { cwd: root, env: { ...process.env, ...env }, stdio });
    const timer = setTimeout(() => {
      console.error(`${script} did not end within ${stepMinutes} minutes.`);
      child.kill('SIGKILL');
    }, stepMinutes * 60_000);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

const check =
  (script, ...args) =>
  async () =>
    oneCheck((await node(script, args)) === 0);
const oneCheck = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 });

/** Counts of a runner; an exit code that no failed test explains counts as one failure. */
function countsOf(code, passed, failed) {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

function reportOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // the runner ended before it wrote one; its exit code tells
  }
}

async function unit() {
  const file = join(scratch, 'unit.json');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const code = await node('node_modules/vitest/vitest.mjs', args);
  const report = reportOf(file);
  const suites = report?.testResults ?? [];
  // A file that fails before its first test is a failed suite without tests.
  const broken = suites.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0).length;
  return countsOf(code, report?.numPassedTests ?? 0, (report?.numFailedTests ?? 0) + broken);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function endToEnd() {
  const file = join(scratch, 'e2e.json');
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: file, E2E_PORT: String(await freePort()) };
  const code = await node('node_modules/@playwright/test/cli.js', ['test', '--reporter=list,json'], env);
  const stats = reportOf(file)?.stats ?? { expected: 0, unexpected: 0, flaky: 0 };
  return countsOf(code, stats.expected, stats.unexpected + stats.flaky);
}

const steps = [
  { name: 'types', run: check('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json') },
  { name: 'lint', run: check('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.') },
  { name: 'kernels', run: check('scripts/build-kernels.mjs', '--check') },
  { name: 'build', run: async () => oneCheck(buildLibrary() === 0) },
  { name: 'docs', needs: ['build'], run: check('scripts/check-docs.mjs') },
  { name: 'readme', needs: ['build'], run: check('scripts/readme-tables.mjs', '--check') },
  { name: 'type-cost', needs: ['build'], run: check('scripts/check-type-cost.mjs') },
  { name: 'size', needs: ['build'], run: check('scripts/check-size.mjs') },
  { name: 'publint', needs: ['build'], run: check('node_modules/publint/src/cli.js', '--strict') },
  { name: 'unit', needs: ['build'], browser: true, run: unit },
  { name: 'e2e', needs: ['build'], browser: true, run: endToEnd },
  { name: 'consumer', needs: ['build'], browser: true, run: check('e2e/consumer/run.mjs') },
];

/** Reads `--only a,b`. @returns the steps wanted, or undefined for all. @throws {Error} on anything else. */
export function parseTestArguments(args) {
  if (args.length === 0) return undefined;
  const names = steps.map((step) => step.name);
  const only = (args[0] === '--only' ? (args[1] ?? '') : '').split(',');
  if (args.length === 2 && only.every((name) => names.includes(name))) return only;
  throw new Error(`usage: npm test -- [--only ${names.join(',')}]\ngot: ${args.join(' ')}`);
}

/**
 * Runs the steps and prints their times and the counts.
 *
 * @param only - names of steps; those they need run too. Undefined runs all.
 * @param installBrowser - called once, when a step needs a browser.
 * @returns the exit code.
 */
export async function runSteps(only, installBrowser) {
  const chosen = steps.filter(({ name }) => !only || only.includes(name));
  const needed = new Set(chosen.flatMap(({ needs = [] }) => needs));
  const planned = steps.filter((step) => chosen.includes(step) || needed.has(step.name));
  const total = { passed: 0, failed: 0 };
  const runs = planned.map((step) => ({ name: step.name, run: step.run }));
  if (planned.some((step) => step.browser)) {
    runs.unshift({ name: 'browser', run: () => installBrowser().then(() => ({ passed: 0, failed: 0 })) });
  }
  for (const { name, run } of runs) {
    console.log(`\n== ${name}`);
    const start = performance.now();
    const counts = await run().catch((error) => {
      console.error(error instanceof Error ? error.message : error);
      return { passed: 0, failed: 1 };
    });
    total.passed += counts.passed;
    total.failed += counts.failed;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`== ${name}: ${counts.failed === 0 ? 'ok' : 'FAILED'}, ${seconds} s`);
    if (counts.failed > 0) {
      const hint = steps.some((step) => step.name === name) ? ` Run it alone with: npm test -- --only ${name}` : '';
      console.log(`\nStopped at "${name}".${hint}`);
      break;
    }
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}
