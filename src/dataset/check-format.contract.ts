import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Store } from '../store/types.js';

/** Runs a strict checker of the format on what a store holds, where there is one. @throws with its findings */
export async function checkFormat(store: Store): Promise<void> {
  const checker = process.env.LAKELET_CHECK_FORMAT;
  if (!checker) return;
  const folder = mkdtempSync(join(tmpdir(), 'lakelet-'));
  try {
    for await (const key of store.list?.('') ?? []) {
      const file = join(folder, key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, (await store.get(key)) ?? new Uint8Array(0));
    }
    execFileSync('python3', [checker, folder], { encoding: 'utf8', stdio: 'pipe' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
