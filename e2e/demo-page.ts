/** The demo in a real profile, for the tests that drive it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from '@playwright/test';
import { chromiumLaunch } from '../scripts/find-browser.mjs';

/** A path beside this file, as the system names it. */
export const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A browser profile on disk, and what the pages in it complain of, their security policy included. */
export interface Profile {
  readonly folder: string;
  readonly complaints: string[];
}

/** Makes an empty profile. */
export function makeProfile(): Profile {
  return { folder: mkdtempSync(join(tmpdir(), 'lakelet-demo-')), complaints: [] };
}

/** Deletes a profile. */
export function dropProfile({ folder }: Profile): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Opens a page in a profile, and keeps what it complains of. */
export async function openDemo(
  { folder, complaints }: Profile,
  address: string,
  prepare?: (context: BrowserContext) => Promise<unknown>,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    ...chromiumLaunch(),
    acceptDownloads: true,
    viewport: { width: 1280, height: 800 },
  });
  // The dialog of the system cannot be driven: without it the page downloads.
  await context.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
  await prepare?.(context);
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(address);
  return { context, page };
}

/** Ends the browser as a crash does: nothing of the page runs any more. */
export async function killBrowser(context: BrowserContext, page: Page): Promise<void> {
  const closed = new Promise((resolve) => context.on('close', resolve));
  const session = await context.newCDPSession(page);
  await Promise.race([closed, session.send('Browser.crash').catch(() => closed)]);
  await closed;
}

/** Presses a button that opens the file dialog, and chooses files there. */
export async function chooseFiles(page: Page, name: string, files: readonly string[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name, exact: true }).click();
  await (await chooser).setFiles([...files]);
}
