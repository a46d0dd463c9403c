/**
 * Uses the package as an application does: packs it, installs the tarball in a fresh folder, imports it in Node,
 * type-checks and builds a small Vite app, and runs that in Chromium under a strict Content-Security-Policy.
 *
 * Needs dist/ (npm run build).
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { chromiumLaunch } from '../../scripts/find-browser.mjs';
import { npm, root } from '../../scripts/install.mjs';

// No 'unsafe-eval' and no blob: anywhere: the library must not need them.
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
].join('; ');

function run(what, command, args, options) {
  const result = spawnSync(command, args, { ...options, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status !== 0) {
    throw new Error(`${what} failed: ${result.error?.message ?? ''}\n${result.stdout ?? ''}${result.stderr ?? ''}`);
  }
  return result.stdout;
}

function runNpm(what, args, cwd) {
  const [command, npmArgs, options] = npm(...args);
  return run(what, command, npmArgs, { ...options, cwd });
}

/** Packs the library and installs it beside a copy of the app. */
function installApp(folder) {
  const packed = join(folder, 'packed');
  const app = join(folder, 'app');
  mkdirSync(packed);
  runNpm('npm pack', ['pack', '--ignore-scripts', '--silent', '--pack-destination', packed], root);
  const [tarball = ''] = readdirSync(packed);
  cpSync(fileURLToPath(new URL('./app', import.meta.url)), app, { recursive: true });
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  runNpm('npm install of the tarball', ['install', ...flags, join(packed, tarball)], app);
  return app;
}

function importInNode(app) {
  const script = "for (const m of ['lakelet', 'lakelet/node']) console.log(m, Object.keys(await import(m)).length)";
  console.log(run('import in Node', process.execPath, ['--input-type=module', '-e', script], { cwd: app }).trim());
}

/** Opens the built app in a fresh profile. @returns what the page wrote, and what it loaded. */
async function runInBrowser(url, profile) {
  const context = await chromium.launchPersistentContext(profile, { ...chromiumLaunch(), headless: true });
  try {
    const page = await context.newPage();
    const seen = { workers: 0, wasm: 0, errors: [] };
    page.on('worker', () => seen.workers++);
    page.on('pageerror', (error) => seen.errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && seen.errors.push(message.text()));
    context.on('response', (response) => {
      if (response.ok() && new URL(response.url()).pathname.endsWith('.wasm')) seen.wasm++;
    });
    await page.goto(url);
    // A selector, because waitForFunction needs the eval that the policy forbids.
    const output = page.locator('output');
    const ended = await output.waitFor({ timeout: 30_000 }).then(
      () => true,
      () => false,
    );
    return { ...seen, ended, title: await page.title(), text: ended ? await output.textContent() : '' };
  } finally {
    await context.close();
  }
}

function checkPage({ title, text, errors, workers, wasm, ended }) {
  const details = [text, ...errors].join('\n');
  assert.ok(ended, `The page did not finish within 30 s.\n${details}`);
  assert.equal(title, 'done', `The page failed: ${details}`);
  assert.deepEqual(errors, [], 'The page printed errors.');
  const { pixel, ...rest } = JSON.parse(text);
  assert.deepEqual(rest, { length: 1, shape: [8, 16, 3], names: ['dog'], pose: [1, 0, 0, 0] });
  const far = pixel.some((value, i) => Math.abs(value - [200, 40, 20][i]) > 4); // 4: what quality 0.95 loses
  assert.ok(!far, `expected a pixel near 200,40,20, got ${pixel}`);
  assert.ok(workers > 0, 'No worker was started.');
  assert.ok(wasm > 0, 'No .wasm file was loaded.');
}

const folder = mkdtempSync(join(tmpdir(), 'lakelet-consumer-'));
try {
  const app = installApp(folder);
  importInNode(app);
  run('type check', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', app], { cwd: app });
  const common = { root: app, configFile: false, logLevel: 'warn' };
  await build({ ...common, build: { target: 'es2022', modulePreload: { polyfill: false } }, worker: { format: 'es' } });
  const headers = { 'Content-Security-Policy': policy };
  const server = await preview({ ...common, preview: { host: '127.0.0.1', port: 0, headers } });
  try {
    const result = await runInBrowser(server.resolvedUrls.local[0], join(folder, 'profile'));
    checkPage(result);
    console.log(`ok: ${result.text}; ${result.workers} workers, ${result.wasm} wasm files`);
  } finally {
    await server.close();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
