/** Compiles the library: one file out for each file in, so that bundlers see every worker and wasm URL. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

/** Empties dist/ and fills it with tsc. @returns tsc's exit code. */
export function buildLibrary() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const args = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'];
  return spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1;
}
