/**
 * Installs what package-lock.json names. Uses nothing but Node, because it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const packagesOf = (file) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).packages;

/** Whether every package of the lockfile is there in its version. npm writes its own copy of the list when it is done. */
function isInstalled() {
  if (!existsSync(new URL('../node_modules/.package-lock.json', import.meta.url))) return false;
  const present = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, optional }]) => path === '' || optional || present[path]?.version === version,
  );
}

/** Arguments for `spawn` that run npm: the npm that called us, where it says so. */
export function npm(...args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return [process.execPath, [cli, ...args], { cwd: root }];
  return ['npm', args, { cwd: root, shell: process.platform === 'win32' }];
}

/** Runs `npm ci` unless the packages are there. No package needs its install script. @throws {Error} when it fails. */
export function installPackages() {
  if (isInstalled()) return;
  console.log('Installing packages (npm ci) ...');
  // Named, because NODE_ENV=production or a personal .npmrc may leave out the tools or the platform's binaries.
  const flags = ['--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  const [command, args, options] = npm('ci', ...flags);
  const { status, error } = spawnSync(command, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  const reason = error ? error.message : `npm ci ended with code ${status}`;
  throw new Error(`The packages could not be installed: ${reason}. Check the network and run this command again.`);
}
