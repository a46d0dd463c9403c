/**
 * Makes sure that a Chromium starts: Playwright's own where it can be had, else the system's, else, as root on Debian
 * or Ubuntu, the distribution's package.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright';
import { browsersFound, launchOptions, onPath } from './find-browser.mjs';
import { root } from './install.mjs';

const require = createRequire(import.meta.url);
const playwright = require('playwright/package.json');
const command = join(dirname(require.resolve('playwright/package.json')), 'cli.js');
const failedStamp = join(root, 'node_modules/.cache/lakelet/no-browser-download');
const canUseApt = process.platform === 'linux' && process.getuid?.() === 0 && onPath('apt-get') !== undefined;

function run(program, args, env = {}, stderr = 'inherit') {
  console.log([program === process.execPath ? 'playwright' : program, ...args.filter((a) => a !== command)].join(' '));
  const stdio = ['ignore', 'inherit', stderr];
  return spawnSync(program, args, { cwd: root, env: { ...process.env, ...env }, stdio, timeout: 240_000 }).status === 0;
}

/** Tries Playwright's download; one failure per version is remembered, so that later runs start at once. */
function download() {
  if (existsSync(chromium.executablePath()) || process.env.PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD) return;
  if (existsSync(failedStamp) && readFileSync(failedStamp, 'utf8') === playwright.version) return;
  // --no-shell: one browser that runs with and without a window, instead of two.
  const env = { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '5000' };
  if (run(process.execPath, [command, 'install', '--no-shell', 'chromium'], env, 'ignore')) return;
  console.log("Playwright's browser could not be downloaded; looking for another one.");
  mkdirSync(dirname(failedStamp), { recursive: true });
  writeFileSync(failedStamp, playwright.version);
}

/** The first lines of Playwright's message, and what the browser itself said. */
function reasonOf(error) {
  const [first, ...rest] = error.message.split('\n');
  return [first, ...rest.filter((line) => /^\[pid=\d+\]\[err\]/.test(line)).slice(0, 3)].join('\n  ');
}

/** The first browser found that starts, or undefined. Adds the reasons of the others to `problems`. */
async function firstThatStarts(problems) {
  for (const browser of browsersFound()) {
    try {
      await (await chromium.launch({ ...launchOptions(browser), timeout: 30_000 })).close();
      return browser;
    } catch (error) {
      problems.push(`${browser.executablePath ?? chromium.executablePath()} does not start: ${reasonOf(error)}`);
    }
  }
  return undefined;
}

/**
 * Finds or installs a Chromium and sets CHROMIUM_PATH for child processes when it is not Playwright's own.
 *
 * @throws {Error} that says what was tried, when none starts.
 */
export async function installBrowser() {
  const problems = [];
  if (!process.env.CHROMIUM_PATH) download();
  let browser = await firstThatStarts(problems);
  if (!browser && canUseApt) {
    if (existsSync(chromium.executablePath())) run(process.execPath, [command, 'install-deps', 'chromium']);
    else {
      const env = { DEBIAN_FRONTEND: 'noninteractive' };
      run('apt-get', ['update', '-qq'], env);
      run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], env);
    }
    browser = await firstThatStarts(problems);
  }
  if (!browser) {
    const tried = problems.length > 0 ? `\n${problems.join('\n')}` : '';
    throw new Error(`No Chromium that starts. Install Chrome or Chromium, or set CHROMIUM_PATH to one.${tried}`);
  }
  if (browser.executablePath) process.env.CHROMIUM_PATH = browser.executablePath;
}
