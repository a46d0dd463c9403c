/**
 * Finds the Chromium that tests and benchmarks run in.
 *
 * In this order: the CHROMIUM_PATH variable, the browser that Playwright downloaded, an installed Chrome, a Chromium
 * on the PATH.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';

const flags = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), // the sandbox does not start as root
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-domain-reliability',
  '--disable-features=OptimizationHints,MediaRouter,Translate',
];

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Full path of the first of the named programs that is on the PATH, or undefined. */
export function onPath(...names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      if (folder && isExecutable(join(folder, name))) return join(folder, name);
    }
  }
  return undefined;
}

function installedChrome() {
  const windows = [process.env.LOCALAPPDATA, process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)']];
  return [
    '/opt/google/chrome/chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ...windows.filter(Boolean).map((folder) => join(folder, 'Google\\Chrome\\Application\\chrome.exe')),
  ].find((path) => existsSync(path));
}

/** The browsers of this machine, the preferred one first. @throws {Error} when CHROMIUM_PATH names no program. */
export function browsersFound() {
  const wanted = process.env.CHROMIUM_PATH;
  if (wanted) {
    if (!isExecutable(wanted)) throw new Error(`CHROMIUM_PATH is ${wanted}, which is not an executable file.`);
    return [{ executablePath: wanted }];
  }
  // executablePath() names the full browser; only with the channel does a headless launch use that one.
  const own = existsSync(chromium.executablePath()) ? [{ channel: 'chromium' }] : [];
  const paths = [installedChrome(), onPath('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome')];
  return [...own, ...paths.filter((path) => path !== undefined).map((executablePath) => ({ executablePath }))];
}

/** Launch options of Playwright for a browser that was found. */
export function launchOptions(browser) {
  return { ...browser, args: flags };
}

/** Launch options of Playwright for the preferred browser. @throws {Error} when there is none. */
export function chromiumLaunch() {
  const [browser] = browsersFound();
  if (browser) return launchOptions(browser);
  throw new Error('No Chromium found. Run "npm test", or install Chrome or Chromium, or set CHROMIUM_PATH to one.');
}
