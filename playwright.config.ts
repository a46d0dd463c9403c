import { defineConfig } from '@playwright/test';
import { chromiumLaunch } from './scripts/find-browser.mjs';

const port = Number(process.env.E2E_PORT ?? 4173);
const vite = 'node node_modules/vite/bin/vite.js';
const address = `http://localhost:${port}`;

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.e2e.ts',
  outputDir: 'test-results',
  reporter: 'list',
  forbidOnly: process.env.CI === 'true',
  workers: 2,
  timeout: 60_000,
  use: { baseURL: address, launchOptions: chromiumLaunch() },
  webServer: {
    command: `${vite} build && ${vite} preview --port ${port} --strictPort`,
    url: address,
    reuseExistingServer: false,
  },
});
