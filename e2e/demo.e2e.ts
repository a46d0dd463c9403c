/** The demo's main job in a real profile: photos in, labels and boxes, a killed browser, a zip that others can read. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { chooseFiles, dropProfile, here, killBrowser, makeProfile, openDemo, type Profile } from './demo-page.js';

const media = here('fixtures/media');

/** What this test looks at of a description by describe.mjs. */
interface Description {
  readonly length: number;
  readonly tensors: Readonly<
    Record<
      string,
      { readonly info: Readonly<Record<string, unknown>>; readonly samples: readonly { readonly kind: string }[] }
    >
  >;
}

let profile: Profile;

test.beforeEach(() => {
  profile = makeProfile();
});

test.afterEach(() => {
  dropProfile(profile);
  expect(profile.complaints).toEqual([]);
});

async function drag(page: Page, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  const stage = await page.locator('.stage-boxes').boundingBox();
  if (!stage) throw new Error('The stage is not shown.');
  const at = ([x, y]: readonly [number, number]): [number, number] => [
    stage.x + stage.width * x,
    stage.y + stage.height * y,
  ];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 6 });
  await page.mouse.up();
}

const rows = (page: Page) => page.locator('#row-count');
const cell = (page: Page, index: number) => page.locator(`.cell[data-index="${index}"]`);
const saved = (page: Page) => page.locator('.save-state');

test('photos are labelled and boxed, survive a killed browser, and leave as a zip', async ({ baseURL }) => {
  const first = await openDemo(profile, baseURL ?? '');
  await first.page.getByRole('button', { name: 'Try it with sample photos' }).click();
  await expect(rows(first.page)).toHaveText('24 rows');
  await expect(cell(first.page, 0)).toHaveAttribute('data-state', 'drawn');

  await test.step('label by keyboard, boxes by mouse and keyboard', async () => {
    const { page } = first;
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect(page.locator('.viewer-position')).toHaveText('Photo 2 of 24');
    await page.keyboard.press('4');
    await expect(page.getByRole('button', { name: 'tree', exact: true })).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('n');
    await page.keyboard.type('autumn');
    await page.keyboard.press('Enter');
    await page.locator('.stage-boxes').focus();
    await drag(page, [0.2, 0.2], [0.6, 0.7]);
    await expect(page.locator('.box-list li')).toHaveCount(1);
    await page.keyboard.press('b');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowDown');
    await expect(page.locator('.box-list li').nth(1)).toContainText('160 × 107 at 161, 107');
    for (const key of ['Escape', 'j', '3', 'j', '1']) await page.keyboard.press(key); // faster than the photos load
    await expect(page.locator('.viewer-position')).toHaveText('Photo 4 of 24');
    await expect(page.getByRole('button', { name: 'sun', exact: true })).toHaveAttribute('aria-pressed', 'true');
    await expect(saved(page)).toHaveText('Saved');
  });
  await killBrowser(first.context, first.page);

  const { context, page } = await openDemo(profile, baseURL ?? '');
  await test.step('everything is there again', async () => {
    await expect(rows(page)).toHaveText('24 rows');
    await expect(cell(page, 1).locator('.chip')).toHaveText(['tree', 'autumn']);
    await expect(cell(page, 1).locator('.cell-boxes')).toHaveText('2');
    await expect(cell(page, 2).locator('.chip')).toHaveText(['boat']);
    await expect(cell(page, 3).locator('.chip')).toHaveText(['sun']);
    await cell(page, 1).click();
    await expect(page.locator('.box-list li')).toHaveCount(2);
    await page.keyboard.press('Escape');
    await expect(page.locator('#viewer')).toBeHidden();
  });

  await test.step('damaged files are told of, the others go in', async () => {
    const jpeg = readFileSync(join(media, 'rgb-420.jpg'));
    writeFileSync(join(profile.folder, 'cut.jpg'), jpeg.subarray(0, jpeg.length - 200));
    writeFileSync(join(profile.folder, 'text.jpg'), 'This is no picture.');
    writeFileSync(join(profile.folder, 'nothing.jpg'), '');
    const bad = ['cut.jpg', 'text.jpg', 'nothing.jpg'].map((name) => join(profile.folder, name));
    const good = ['rgb-420.jpg', 'rgb-progressive.jpg', 'rgb-exif.jpg', 'gray.jpg', 'pillow-rgba.png'].map((name) =>
      join(media, name),
    );
    await chooseFiles(page, 'Add files', [...good, ...bad]);
    await expect(rows(page)).toHaveText('29 rows');
    await expect(page.locator('.skipped li')).toHaveCount(3);
    await expect(page.locator('.skipped')).toContainText('cut.jpg');
    await expect(page.locator('.skipped')).toContainText(/cut off/);
    await expect(page.locator('.skipped')).toContainText(/0 bytes/);
    await page.locator('.ingest').getByRole('button', { name: 'Close' }).click();
  });

  const zip = join(profile.folder, 'photos.zip');
  await test.step('the zip is readable by the conformance tool', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as zip' }).click();
    await (await download).saveAs(zip);
    await expect(page.locator('#save')).toContainText('deeplake.load("photos")');
    await page.keyboard.press('Escape');
    const text = execFileSync(process.execPath, [here('conformance/describe.mjs'), zip], { maxBuffer: 1 << 28 });
    const [state] = Object.values<Description>(JSON.parse(text.toString()).states);
    expect(state?.length).toBe(29);
    expect(state?.tensors.labels?.info.class_names).toEqual(['sun', 'house', 'boat', 'tree', 'fruit', 'autumn']);
    expect(state?.tensors.labels?.samples[1]).toMatchObject({ kind: 'array', values: [3, 5] });
    expect(state?.tensors.boxes?.samples[1]).toMatchObject({ kind: 'array', shape: [2, 4] });
    const kinds = new Set(state?.tensors.images?.samples.map(({ kind }) => kind));
    expect([...kinds]).not.toContain('unreadable');
  });

  await test.step('the zip opens in the demo', async () => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByText('Open…').click();
    await page.getByRole('button', { name: 'A zip of a Deep Lake dataset' }).click();
    await (await chooser).setFiles(zip);
    await expect(page.locator('#context')).toContainText('photos.zip');
    await expect(rows(page)).toHaveText('29 rows');
    await expect(cell(page, 1).locator('.chip')).toHaveText(['tree', 'autumn']);
    await expect(cell(page, 1)).toHaveAttribute('data-state', 'drawn');
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await expect(page.locator('.rows-table tbody tr')).toHaveCount(29);
    await expect(page.locator('.rows-table tbody tr').nth(1)).toContainText('tree, autumn');
    await page.getByRole('button', { name: 'Back to my files' }).click();
    await expect(page.locator('#context')).toContainText('idb://photos');
  });
  await context.close();
});

test('a second tab reads while the first one writes', async ({ baseURL }) => {
  const { context, page } = await openDemo(profile, baseURL ?? '');
  await page.getByRole('button', { name: 'Try it with sample photos' }).click();
  await expect(rows(page)).toHaveText('24 rows');
  await expect(page.locator('.ingest-title')).toHaveText('Added 24 files');
  const other = await context.newPage();
  await other.goto(baseURL ?? '');
  await expect(other.locator('#locked')).toContainText('Another tab is editing');
  await expect(rows(other)).toHaveText('24 rows');
  await expect(other.getByRole('button', { name: 'Add files' })).toBeHidden();
  await other.getByRole('tab', { name: 'History' }).click();
  await expect(other.locator('#history')).toContainText('There are no commits yet.');
  await expect(other.locator('#pending')).toBeHidden();
  await expect(other.locator('#undo')).toBeHidden();
  await cell(other, 0).click();
  await expect(other.locator('.save-state')).toHaveText('read only');
  await expect(other.locator('#delete-row')).toBeHidden();
  await context.close();
});

test('a dataset that Python made is shown, and what cannot be read yet says so', async ({ baseURL }) => {
  const { context, page } = await openDemo(profile, baseURL ?? '');
  for (const name of readdirSync(here('fixtures/golden')).filter(
    (file) => file.endsWith('.zip') && file !== 'assets.zip',
  )) {
    await test.step(name, async () => {
      const chooser = page.waitForEvent('filechooser');
      if (await page.getByText('Open…').isVisible()) {
        await page.getByText('Open…').click();
        await page.getByRole('button', { name: 'A zip of a Deep Lake dataset' }).click();
      } else await page.getByRole('button', { name: 'Open a zip', exact: true }).click();
      await (await chooser).setFiles(here(`fixtures/golden/${name}`));
      await expect(page.locator('#context')).toContainText(name);
      const table = page.getByRole('button', { name: 'Table', exact: true });
      if (await table.isVisible()) await table.click();
      await expect(page.locator('.rows-panel .panel-lead')).toHaveText(/row|no tensors/);
      await expect(page.locator('.notice.error')).toHaveCount(0);
    });
  }
  await context.close();
});

test('the gallery stays smooth to scroll: only the visible cells are in the page', async ({ baseURL }) => {
  const { context, page } = await openDemo(profile, baseURL ?? '');
  await page.getByRole('button', { name: 'Try it with sample photos' }).click();
  await expect(rows(page)).toHaveText('24 rows');
  const samples = readdirSync(here('fixtures/photos')).map((name) => here(`fixtures/photos/${name}`));
  await chooseFiles(page, 'Add files', Array.from({ length: 8 }, () => samples).flat());
  await expect(rows(page)).toHaveText('216 rows');
  await page.locator('#grid').focus();
  await page.keyboard.press('End');
  await expect(cell(page, 215)).toHaveAttribute('data-state', 'drawn');
  expect(await page.locator('.cell').count()).toBeLessThan(60);
  await page.keyboard.press('Home');
  await expect(cell(page, 0)).toHaveAttribute('data-state', 'drawn');
  await expect(cell(page, 215)).toHaveCount(0);
  await context.close();
});
