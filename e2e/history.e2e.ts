/** The demo's history in a real profile: commits, branches, pictures of changes, merges, filters, views, undo and redo. */
import { expect, type Page, test } from '@playwright/test';
import { dropProfile, makeProfile, openDemo, type Profile } from './demo-page.js';

let profile: Profile;

test.beforeEach(() => {
  profile = makeProfile();
});

test.afterEach(() => {
  dropProfile(profile);
  expect(profile.complaints).toEqual([]);
});

const rows = (page: Page) => page.locator('#row-count');
const cell = (page: Page, index: number) => page.locator(`.cell[data-index="${index}"]`);
const chips = (page: Page, index: number) => cell(page, index).locator('.chip');
const commits = (page: Page) => page.locator('.commits > li');
const notice = (page: Page, text: string) => page.locator('.notice').getByText(text, { exact: true });
const pending = (page: Page) => page.locator('#pending h3');
const unchanged = 'Nothing has changed since the last commit';

/** Opens the page with the sample photos and shows its history. */
async function openWithSamples(address: string | undefined) {
  const opened = await openDemo(profile, address ?? '');
  const { page } = opened;
  await page.getByRole('button', { name: 'Try it with sample photos' }).click();
  await expect(page.locator('.ingest-title')).toHaveText('Added 24 files');
  await page.locator('.ingest').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('tab', { name: 'History' }).click();
  return opened;
}

/** Presses keys in the large view of a row, waits until they are saved, and closes it. */
async function edit(page: Page, index: number, ...keys: readonly string[]): Promise<void> {
  await cell(page, index).locator('.cell-picture').click();
  await expect(page.locator('.label-button').first()).toBeVisible();
  for (const key of keys) await page.keyboard.press(key);
  await expect(page.locator('.save-state')).toHaveText('Saved');
  await page.keyboard.press('Escape');
  if (await page.locator('#viewer').isVisible()) await page.keyboard.press('Escape'); // a box was selected
  await expect(page.locator('#viewer')).toBeHidden();
}

async function commit(page: Page, message: string): Promise<void> {
  await page.getByLabel('Message of the commit').fill(message);
  await page.getByRole('button', { name: 'Commit', exact: true }).click();
  await expect(notice(page, `Committed “${message}”.`)).toBeVisible();
  await expect(commits(page).first()).toContainText(message);
  await expect(pending(page)).toHaveText(unchanged);
}

async function createBranch(page: Page, name: string): Promise<void> {
  await page.locator('#ask-field').fill(name);
  await page.locator('#ask-action').click();
  await expect(page.locator('#branch')).toHaveValue(name);
}

async function filter(page: Page, text: string, count: string): Promise<void> {
  await page.getByLabel('Filter rows by an expression').fill(text);
  await expect(page.locator('#query-count')).toHaveText(count);
}

test('commits, branches and merges, with what changed as a picture', async ({ baseURL }) => {
  const { context, page } = await openWithSamples(baseURL);

  await test.step('the first commit is told as rows that were added', async () => {
    await expect(page.locator('.strips li')).toHaveCount(4);
    await expect(page.getByRole('img', { name: 'images: rows 1–24 added' })).toBeVisible();
    await page.getByLabel('Author of the commit').fill('Ada');
    await commit(page, 'First photos');
    await expect(commits(page).locator('.commit-facts')).toContainText('Ada · just now');
    await expect(page.getByLabel('Author of the commit')).toHaveValue('Ada');
  });

  await test.step('changes are drawn, with the rows before and after', async () => {
    await edit(page, 1, '4', 'b');
    await edit(page, 2, '1');
    await expect(pending(page)).toHaveText('Changes since the last commit');
    await expect(page.getByRole('img', { name: 'labels: rows 2–3 updated' })).toBeVisible();
    await expect(page.getByRole('img', { name: 'boxes: rows 2 updated' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Row 2 changed, before: no label; 0 boxes' })).toBeVisible();
    await page.getByRole('button', { name: 'Row 2 changed, after: tree; 1 box' }).click();
    await expect(page.locator('.viewer-position')).toHaveText('Photo 2 of 24');
    await expect(page.locator('.box-list li')).toHaveCount(1);
    await page.keyboard.press('Escape');
    await commit(page, 'Trees and suns');
  });

  await test.step('an old commit is looked at, and a branch begins there', async () => {
    await commits(page).nth(1).locator('summary').click();
    await commits(page).nth(1).getByRole('button', { name: 'Open' }).click();
    await expect(page.locator('#past')).toContainText('This is commit “First photos”');
    await expect(cell(page, 1)).toContainText('no label');
    await cell(page, 1).locator('.cell-picture').click();
    await expect(page.locator('.save-state')).toHaveText('read only');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Back to main' }).click();
    await expect(chips(page, 1)).toHaveText(['tree']);
    await commits(page).nth(1).getByRole('button', { name: 'Branch' }).click();
    await createBranch(page, 'sketch');
    await expect(commits(page)).toHaveCount(1);
    await expect(cell(page, 1)).toContainText('no label');
    await edit(page, 1, '2');
    await edit(page, 4, '5');
    await commit(page, 'Other labels');
  });

  await test.step('the open branch is open again after a reload', async () => {
    await page.reload();
    await expect(chips(page, 4)).toHaveText(['fruit']);
    await page.getByRole('tab', { name: 'History' }).click();
    await expect(page.locator('#branch')).toHaveValue('sketch');
    await page.locator('#branch').selectOption('main');
    await expect(chips(page, 1)).toHaveText(['tree']);
    await expect(cell(page, 4)).toContainText('no label');
  });

  await test.step('a merge asks which of two labels counts', async () => {
    await page.getByRole('button', { name: 'Merge a branch into this one' }).click();
    await page.locator('#ask-action').click();
    const dialog = page.locator('#merge');
    await expect(dialog).toContainText('Both branches have changed 1 sample');
    await expect(dialog.locator('.conflicts li')).toContainText('labels, row 2');
    await expect(dialog.locator('.conflict-values')).toContainText('house');
    await page.locator('#take-theirs').click();
    await page.locator('#merge-action').click();
    await expect(notice(page, 'Merged sketch: 0 rows added, 2 samples updated.')).toBeVisible();
    await expect(chips(page, 1)).toHaveText(['house']);
    await expect(chips(page, 2)).toHaveText(['sun']);
    await expect(chips(page, 4)).toHaveText(['fruit']);
    await expect(commits(page)).toHaveCount(3);
  });

  await test.step('an old commit is restored, and that is taken back', async () => {
    await commits(page).last().locator('summary').click();
    await commits(page).last().getByRole('button', { name: 'Restore' }).click();
    await expect(page.locator('.notice').last()).toContainText('The branch holds what “First photos” holds.');
    await expect(cell(page, 1)).toContainText('no label');
    await expect(pending(page)).toHaveText('Changes since the last commit');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.locator('#confirm-action').click();
    await expect(chips(page, 1)).toHaveText(['house']);
  });

  await test.step('changes are discarded', async () => {
    await edit(page, 0, '5');
    await expect(pending(page)).toHaveText('Changes since the last commit');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.locator('#confirm-action').click();
    await expect(cell(page, 0)).toContainText('no label');
    await expect(pending(page)).toHaveText(unchanged);
  });

  await test.step('a branch that nothing needs is deleted', async () => {
    await page.getByRole('button', { name: 'New branch' }).click();
    await createBranch(page, 'short');
    await page.locator('#branch').selectOption('main');
    await expect(page.locator('#branch')).toHaveValue('main');
    await page.getByRole('button', { name: 'Delete a branch' }).click();
    await page.locator('#ask-field').selectOption('short');
    await page.locator('#ask-action').click();
    await expect(notice(page, 'Branch short was deleted.')).toBeVisible();
    await expect(page.locator('#branch option')).toHaveText(['main', 'sketch']);
  });
  await context.close();
});

test('undo and redo, also after a reload', async ({ baseURL }) => {
  const { context, page } = await openWithSamples(baseURL);

  await test.step('labels and boxes, by key and by button', async () => {
    await edit(page, 1, '4', '1');
    await expect(chips(page, 1)).toHaveText(['tree', 'sun']);
    await page.keyboard.press('Control+z');
    await expect(notice(page, 'Undone: Label sun (row 2).')).toBeVisible();
    await expect(chips(page, 1)).toHaveText(['tree']);
    await page.keyboard.press('Control+Shift+z');
    await expect(chips(page, 1)).toHaveText(['tree', 'sun']);
    await page.keyboard.press('Control+z');
    await expect(chips(page, 1)).toHaveText(['tree']);
    await page.keyboard.press('Control+y');
    await expect(chips(page, 1)).toHaveText(['tree', 'sun']);
    await page.getByRole('button', { name: 'Undo: Label sun (row 2)' }).click();
    await expect(chips(page, 1)).toHaveText(['tree']);
  });

  await test.step('in the large view', async () => {
    await cell(page, 2).locator('.cell-picture').click();
    await expect(page.locator('.label-button').first()).toBeVisible();
    await page.keyboard.press('b');
    await expect(page.locator('.save-state')).toHaveText('Saved');
    await expect(page.locator('.box-list li')).toHaveCount(1);
    await page.keyboard.press('Control+z');
    await expect(page.locator('.box-list li')).toHaveCount(0);
    await page.keyboard.press('Control+Shift+z');
    await expect(page.locator('.box-list li')).toHaveCount(1);
    await page.keyboard.press('n');
    await page.keyboard.type('x');
    await page.keyboard.press('Control+z'); // of the text field
    await expect(page.locator('.box-list li')).toHaveCount(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await expect(page.locator('#viewer')).toBeHidden();
  });

  await test.step('rows that were deleted come back', async () => {
    await cell(page, 5)
      .locator('.cell-picture')
      .click({ modifiers: ['Control'] });
    await cell(page, 7)
      .locator('.cell-picture')
      .click({ modifiers: ['Shift'] });
    await expect(page.locator('.selection-count')).toHaveText('3 rows selected');
    await page.keyboard.press('Delete');
    await expect(rows(page)).toHaveText('21 rows');
    await expect(page.locator('.selection-bar')).toBeHidden();
    await page.locator('.notice').getByRole('button', { name: 'Undo' }).click();
    await expect(rows(page)).toHaveText('24 rows');
    await page.locator('#grid').focus();
    for (const key of ['Home', 'Shift+ArrowRight', 'ArrowDown', 'x']) await page.keyboard.press(key);
    await expect(page.locator('.selection-count')).toHaveText('3 rows selected');
    await page.keyboard.press('Escape');
    await expect(page.locator('.selection-bar')).toBeHidden();
    await cell(page, 3).locator('.cell-picture').click();
    await page.keyboard.press('Shift+Delete');
    await expect(page.locator('.viewer-position')).toHaveText('Photo 4 of 23');
    await page.keyboard.press('Escape');
  });

  await test.step('after a reload', async () => {
    await page.reload();
    await expect(rows(page)).toHaveText('23 rows');
    await page.getByRole('button', { name: 'Undo: Delete row 4' }).click();
    await expect(rows(page)).toHaveText('24 rows');
    await expect(cell(page, 3)).toHaveAttribute('data-state', 'drawn');
    await page.keyboard.press('Control+z');
    await expect(cell(page, 2).locator('.cell-boxes')).toBeHidden();
    await page.keyboard.press('Control+z');
    await expect(cell(page, 1)).toContainText('no label');
    await page.keyboard.press('Control+z');
    await expect(rows(page)).toHaveText('0 rows');
    await expect(page.locator('.no-rows')).toHaveText('There are no rows here.');
    await page.reload();
    for (let step = 0; step < 3; step++) {
      await expect(page.locator('#redo')).toBeEnabled();
      await page.keyboard.press('Control+y');
      await expect(page.locator('.notice').last()).toContainText('Done again');
      await page.locator('.notice').last().getByRole('button', { name: 'Dismiss' }).click();
    }
    await expect(rows(page)).toHaveText('24 rows');
    await expect(chips(page, 1)).toHaveText(['tree']);
    await expect(cell(page, 2).locator('.cell-boxes')).toHaveText('1');
  });

  await test.step('a commit ends the steps', async () => {
    await page.getByRole('tab', { name: 'History' }).click();
    await commit(page, 'All of it');
    await expect(page.locator('#undo')).toBeDisabled();
    await expect(page.locator('#redo')).toBeDisabled();
  });
  await context.close();
});

test('filters, orders and saved views', async ({ baseURL }) => {
  const { context, page } = await openWithSamples(baseURL);
  await edit(page, 1, '4', 'b');
  await edit(page, 2, '4');
  await edit(page, 6, '3');

  await test.step('a filter shows its rows, pages through them, and follows changes', async () => {
    await filter(page, "labels == 'tree'", '2 of 24 rows');
    await expect(page.locator('.cell:visible')).toHaveCount(2);
    await expect(cell(page, 0).locator('.cell-number')).toHaveText('2');
    await cell(page, 0).locator('.cell-picture').click();
    await expect(page.locator('.viewer-position')).toHaveText('Photo 1 of 2, row 2');
    await page.keyboard.press('j');
    await expect(page.locator('.viewer-position')).toHaveText('Photo 2 of 2, row 3');
    await page.keyboard.press('5');
    await expect(page.locator('.save-state')).toHaveText('Saved');
    await page.keyboard.press('Escape');
    await expect(chips(page, 1)).toHaveText(['tree', 'fruit']);
    await page.keyboard.press('Control+z');
    await expect(chips(page, 1)).toHaveText(['tree']);
    await filter(page, "labels == 'boat' or boxes.shape[0] > 0", '2 of 24 rows');
    await filter(page, "labels == 'house'", '0 of 24 rows');
    await expect(page.locator('.no-rows')).toHaveText('No row matches.');
  });

  await test.step('an error is marked where it is', async () => {
    const field = page.getByLabel('Filter rows by an expression');
    await field.fill("labels == 'tree' and boxs.shape[0] > 0");
    await expect(page.locator('#query-error mark')).toHaveText('boxs');
    await expect(page.locator('#query-error')).toContainText('is no tensor');
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await field.press('Escape');
    await expect(page.locator('#query-error')).toBeHidden();
    await expect(field).toHaveValue('');
    await expect(cell(page, 3)).toBeVisible();
  });

  await test.step('help gives filters of these tensors', async () => {
    await page.locator('.query-help summary').click();
    await page.getByRole('button', { name: 'boxes.shape[0] > 0', exact: true }).click();
    await expect(page.locator('#query-count')).toHaveText('1 of 24 rows');
  });

  await test.step('rows are put in order', async () => {
    await page.getByLabel('Filter rows by an expression').fill('');
    await page.getByLabel('Order of rows').selectOption('Most boxes first');
    await expect(cell(page, 0).locator('.cell-number')).toHaveText('2');
    await expect(cell(page, 1).locator('.cell-number')).toHaveText('1');
    await page.getByLabel('Order of rows').selectOption('As stored');
    await expect(cell(page, 0).locator('.cell-number')).toHaveText('1');
  });

  await test.step('what is shown is saved as a view, and opened after a reload', async () => {
    await filter(page, "labels == 'tree'", '2 of 24 rows');
    await page.locator('#views-menu summary').click();
    await page.locator('#save-view').click();
    await page.locator('#ask-field').fill('my trees');
    await page.getByRole('button', { name: 'Commit and save' }).click();
    await expect(notice(page, 'View “my trees” is saved.')).toBeVisible();
    await page.reload();
    await expect(rows(page)).toHaveText('24 rows');
    await edit(page, 1, '4'); // the label goes: the view still has it
    await page.locator('#views-menu summary').click();
    await page.getByRole('button', { name: 'my trees' }).first().click();
    await expect(page.locator('#past')).toContainText('This is view “my trees”: 2 rows of an earlier commit');
    await expect(chips(page, 0)).toHaveText(['tree']);
    await page.getByRole('button', { name: 'Back to main' }).click();
    await expect(cell(page, 3)).toBeVisible();
    await page.locator('#views-menu summary').click();
    await page.getByRole('button', { name: "Search again for labels == 'tree'" }).click();
    await expect(page.locator('#query-count')).toHaveText('1 of 24 rows');
    await page.locator('#views-menu summary').click();
    await page.getByRole('button', { name: 'Delete view my trees' }).click();
    await page.locator('#views-menu summary').click();
    await expect(page.locator('#views-menu')).toContainText('No views are saved');
  });
  await context.close();
});
