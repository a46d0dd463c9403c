/** Files of every kind in the demo: each is kept byte for byte, shown by a viewer of its own, and there after a reload. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { chooseFiles, dropProfile, here, makeProfile, openDemo, type Profile } from './demo-page.js';

/** What is looked at of a description by describe.mjs. */
interface Description {
  readonly tensors: Readonly<Record<string, { readonly samples: readonly { readonly stored_sha256?: string }[] }>>;
}

interface Expected {
  readonly file: string;
  /** Title in the large view. */
  readonly noun: string;
  /** Words among the facts. */
  readonly facts: readonly RegExp[];
  /** Colours that the stage has at least: an empty one has about 3. */
  readonly colors: number;
}

const expected: readonly Expected[] = [
  { file: 'lib/rgb.tiff', noun: 'Photo', facts: [/Format\s*tiff/], colors: 50 },
  { file: 'lib/rgb.jp2', noun: 'Photo', facts: [/Format\s*jpeg2000/], colors: 50 },
  { file: 'small/pillow-p.pcx', noun: 'Photo', facts: [/Format\s*pcx/], colors: 10 },
  { file: 'video/h264.mp4', noun: 'Video', facts: [/Codec\s*avc1/, /Key frames/], colors: 20 },
  { file: 'video/vp9.mkv', noun: 'Video', facts: [/Codec\s*vp09/], colors: 20 },
  { file: 'video/h264.avi', noun: 'Video', facts: [/Codec\s*avc1/], colors: 20 },
  { file: 'audio/s16-stereo.wav', noun: 'Sound', facts: [/2, stereo/, /int16/], colors: 4 },
  { file: 'audio/joint-44100.mp3', noun: 'Sound', facts: [/44,100 samples\/s/, /float32/], colors: 4 },
  { file: 's24-stereo.flac', noun: 'Sound', facts: [/2, stereo/, /int32/], colors: 4 },
  { file: 'dicom/window-frames.dcm', noun: 'Scan', facts: [/Frames/, /MONOCHROME2/], colors: 10 },
  { file: 'dicom/j2k-12.dcm', noun: 'Scan', facts: [/MONOCHROME2/], colors: 10 },
  { file: 'int16.nii', noun: 'Volume', facts: [/Voxel size/], colors: 8 },
  { file: 'uint8-4d.nii.gz', noun: 'Volume', facts: [/volumes/], colors: 8 },
  { file: 'points/format-2.las', noun: 'Point cloud', facts: [/red, green, blue/], colors: 6 },
  { file: 'points/plain.laz', noun: 'Point cloud', facts: [/Points/], colors: 6 },
  { file: 'little.ply', noun: 'Mesh', facts: [/Triangles/], colors: 4 },
  { file: 'binary.stl', noun: 'Mesh', facts: [/Triangles/], colors: 4 },
];

let profile: Profile;

test.beforeEach(() => {
  profile = makeProfile();
});

test.afterEach(() => {
  dropProfile(profile);
  expect(profile.complaints).toEqual([]);
});

const media = (file: string): string => here(`fixtures/media/${file}`);
const rows = (page: Page) => page.locator('#row-count');
const position = (page: Page) => page.locator('.viewer-position');
const facts = (page: Page) => page.locator('.fact-list');

/** The number of colours of an element as it is seen: of an empty canvas there are very few. */
async function colorsOf(page: Page, locator: Locator): Promise<number> {
  const png = (await locator.screenshot()).toString('base64');
  return page.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    if (!context) return 0;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    return new Set(new Uint32Array(data.buffer)).size;
  }, png);
}

async function openRow(page: Page, index: number): Promise<void> {
  await page.locator('#grid').focus();
  await page.keyboard.press('Home');
  for (let i = 0; i < index; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
}

/** Checks one row after another in the large view, from the first. */
async function checkRows(page: Page): Promise<void> {
  await openRow(page, 0);
  for (const [row, { file, noun, facts: words, colors }] of expected.entries()) {
    await test.step(file, async () => {
      await expect(position(page)).toHaveText(`${noun} ${row + 1} of ${expected.length}`);
      await expect(facts(page)).toContainText(file.split('/').pop() ?? file);
      for (const word of words) await expect(facts(page)).toContainText(word);
      await expect(page.locator('.stage-failure')).toBeHidden();
      await expect.poll(() => colorsOf(page, page.locator('.viewer-stage'))).toBeGreaterThanOrEqual(colors);
    });
    if (row < expected.length - 1) await page.keyboard.press('j');
  }
  await page.keyboard.press('Escape');
  await expect(page.locator('#viewer')).toBeHidden();
}

test('a file of each kind is shown by its viewer, and again after a reload', async ({ baseURL }) => {
  test.setTimeout(120_000); // some 20 s on an idle machine
  const { context, page } = await openDemo(profile, baseURL ?? '');
  // Names in the order of the page: it sorts them, which would mix up the list above.
  const numbered = expected.map(({ file }, i) => {
    const path = join(profile.folder, `${String(i).padStart(2, '0')}-${file.split('/').pop()}`);
    writeFileSync(path, readFileSync(media(file)));
    return path;
  });
  await chooseFiles(page, 'Choose files', numbered);
  await expect(page.locator('.ingest-title')).toHaveText(`Added ${expected.length} files`);
  await expect(rows(page)).toHaveText(`${expected.length} rows`);
  for (const row of [0, 3, 6])
    await expect(page.locator(`.cell[data-index="${row}"]`)).toHaveAttribute('data-state', 'drawn');
  await checkRows(page);

  await page.reload();
  await expect(rows(page)).toHaveText(`${expected.length} rows`);
  await checkRows(page);

  await test.step('the zip has every file byte for byte', async () => {
    const zip = join(profile.folder, 'photos.zip');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as zip' }).click();
    await (await download).saveAs(zip);
    const text = execFileSync(process.execPath, [here('conformance/describe.mjs'), zip], { maxBuffer: 1 << 28 });
    const [state] = Object.values<Description>(JSON.parse(text.toString()).states);
    const tensors = Object.values(state?.tensors ?? {});
    for (const [row, { file }] of expected.entries()) {
      const stored = tensors.map(({ samples }) => samples[row]?.stored_sha256);
      expect(stored, file).toContain(
        createHash('sha256')
          .update(readFileSync(media(file)))
          .digest('hex'),
      );
    }
  });
  await context.close();
});

test('viewers answer to keys and sliders', async ({ baseURL }) => {
  const { context, page } = await openDemo(profile, baseURL ?? '');
  const files = ['video/h264.avi', 'dicom/window-frames.dcm', 'uint8-4d.nii.gz', 'audio/s16-stereo.wav'];
  await chooseFiles(page, 'Choose files', files.map(media));
  await expect(rows(page)).toHaveText('4 rows');
  const stage = page.locator('.media-field');
  // In the order of their names: h264.avi, s16-stereo.wav, uint8-4d.nii.gz, window-frames.dcm.
  await test.step('a video goes frame by frame, and is labelled', async () => {
    await openRow(page, 0);
    const value = page.locator('.media-controls output');
    await expect(value).toContainText('frame 1 of');
    const first = await stage.screenshot();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
    await expect(value).toContainText('frame 4 of');
    await expect.poll(async () => first.equals(await stage.screenshot())).toBe(false);
    await page.keyboard.press('End');
    await expect(value).toHaveText(/frame (\d+) of \1/);
    await page.keyboard.press('Home');
    await expect(value).toContainText('frame 1 of');
    await expect.poll(async () => first.equals(await stage.screenshot())).toBe(true);
    await page.keyboard.press('Space');
    await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible(); // it came to its end
    await expect(value).toHaveText(/frame (\d+) of \1/);
    await page.keyboard.press('n');
    await page.keyboard.type('clip');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'clip', exact: true })).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('Escape');
  });
  await test.step('a sound is played from its samples', async () => {
    await page.keyboard.press('j');
    const clock = page.locator('.media-controls output');
    await expect(clock).toContainText('0:00.00 of');
    await page.keyboard.press('Space');
    await expect(clock).not.toContainText('0:00.00 of');
    await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  });
  await test.step('a volume has slices and times', async () => {
    await page.keyboard.press('j');
    await expect(stage.locator('canvas')).toHaveCount(3);
    const before = await stage.screenshot();
    await page.getByLabel('Axial', { exact: true }).fill('0');
    await expect.poll(async () => before.equals(await stage.screenshot())).toBe(false);
    await page.getByLabel('Volume', { exact: true }).fill('1');
    await expect(page.locator('.media-controls')).toContainText('2 of');
  });
  await test.step('a scan has a window and tags', async () => {
    await page.locator('.media-stage canvas').first().focus();
    await page.keyboard.press('j');
    await expect(page.locator('.tag-table')).toContainText('Photometric Interpretation');
    const before = await stage.screenshot();
    await page.getByLabel('Black for white').check();
    await expect.poll(async () => before.equals(await stage.screenshot())).toBe(false);
    await page.getByLabel('Frame', { exact: true }).fill('1');
    await expect(page.locator('.media-controls')).toContainText('2 of');
  });
  await page.keyboard.press('Escape');
  await expect(page.locator('.cell[data-index="0"] .chip')).toHaveText(['clip']);
  await context.close();
});

test('what cannot be shown is told in words, and can be had back', async ({ baseURL }) => {
  const { context, page } = await openDemo(profile, baseURL ?? '');
  writeFileSync(join(profile.folder, 'notes.txt'), 'This is no file of a known kind.');
  writeFileSync(join(profile.folder, 'cut.png'), readFileSync(media('rgb-8.png')).subarray(0, 300));
  writeFileSync(join(profile.folder, 'drawing.eps'), epsFile());
  const own = ['notes.txt', 'cut.png', 'drawing.eps'].map((name) => join(profile.folder, name));
  await chooseFiles(page, 'Choose files', [...own, media('video/mpeg4.avi')]);
  await expect(rows(page)).toHaveText('2 rows');
  await expect(page.locator('.skipped li')).toHaveCount(2);
  await expect(page.locator('.skipped')).toContainText(/notes\.txt.*Known are pictures/);
  await expect(page.locator('.skipped')).toContainText(/cut\.png.*cut off/);
  await page.locator('.ingest').getByRole('button', { name: 'Close' }).click();
  await openRow(page, 0);
  await expect(page.locator('.stage-failure')).toContainText('Ghostscript');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the file' }).click();
  expect((await download).suggestedFilename()).toBe('drawing.eps');
  expect(readFileSync(await (await download).path()).equals(epsFile())).toBe(true);
  await page.keyboard.press('j');
  await expect(page.locator('.stage-failure')).toContainText('XVID');
  await expect(page.getByRole('button', { name: 'Use this folder' })).toBeVisible();
  await context.close();
});

test('a video that browsers do not decode is shown with an FFmpeg core of the site', async ({ baseURL }) => {
  const core = here('../node_modules/@ffmpeg/core/dist/esm');
  const { context, page } = await openDemo(profile, `${baseURL}?ffmpeg=ffmpeg`, (opened) =>
    opened.route('**/ffmpeg/ffmpeg-core.*', (route) => {
      const name = new URL(route.request().url()).pathname.split('/').pop() ?? '';
      const contentType = name.endsWith('.js') ? 'text/javascript' : 'application/wasm';
      return route.fulfill({ path: join(core, name), contentType });
    }),
  );
  await chooseFiles(page, 'Choose files', [media('video/mpeg4.avi')]);
  await expect(rows(page)).toHaveText('1 row');
  await openRow(page, 0);
  await expect(page.locator('.media-controls output')).toContainText('frame 1 of', { timeout: 20_000 });
  expect(await colorsOf(page, page.locator('.media-field'))).toBeGreaterThan(20);
  await context.close();
});

test('a dataset that Python made shows its samples with the same viewers', async ({ baseURL }) => {
  const { context, page } = await openDemo(profile, baseURL ?? '');
  await chooseFiles(page, 'Open a zip', [here('fixtures/golden/medical.zip')]);
  await expect(page.locator('#context')).toContainText('medical.zip');
  await openRow(page, 0);
  await expect(position(page)).toHaveText('Scan 1 of 2');
  await page.getByLabel('Tensor', { exact: true }).selectOption('niigz4d');
  await expect(position(page)).toHaveText('Volume 1 of 2');
  await expect(page.locator('.media-field canvas')).toHaveCount(3);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  await page
    .locator('.rows-table')
    .getByRole('button', { name: /nii\.gz/ })
    .first()
    .click();
  await expect(position(page)).toHaveText('Volume 1 of 2');
  await page.keyboard.press('Escape');
  await context.close();
});

/** The smallest EPS file that is one: a program that draws a line. */
function epsFile(): Buffer {
  return Buffer.from(
    '%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 20 10\n%%EndComments\n0 0 moveto 20 10 lineto stroke\n',
  );
}
