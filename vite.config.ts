import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumLaunch } from './scripts/find-browser.mjs';

// The default context of a test browser is incognito: its IndexedDB lies in memory and its OPFS behaves otherwise.
function freshProfile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lakelet-profile-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

// A hang is what the limit is for: on a busy machine a test may take ten times as long as it does alone.
const testTimeout = 60_000;

const node = {
  test: {
    name: 'node',
    testTimeout,
    include: ['{src,e2e,demo,scripts,bench}/**/*.test.ts'],
    exclude: ['**/*.browser.test.ts', '**/node_modules/**'],
  },
};

const browser = () => ({
  test: {
    name: 'browser',
    testTimeout,
    include: ['{src,demo,e2e}/**/*.browser.test.ts'],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: chromiumLaunch(), persistentContext: freshProfile() }),
      instances: [{ browser: 'chromium' as const }],
    },
  },
});

// No COOP or COEP headers anywhere: the library works without them.
export default defineConfig(() => {
  if (process.env.VITEST) return { test: { projects: [node, browser()] } };
  return {
    root: 'demo',
    base: './',
    build: { outDir: '../demo-dist', emptyOutDir: true, target: 'es2022' },
    worker: { format: 'es' as const },
    // Found behind the first video only: the development server would bundle them then, and load the page anew.
    optimizeDeps: { include: ['mediabunny', '@ffmpeg/ffmpeg'] },
    server: { fs: { allow: [fileURLToPath(new URL('.', import.meta.url))] } },
  };
});
