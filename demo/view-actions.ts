/** Saves what is shown as a view, and finds what a saved view or a commit shows. */
import type { CommitEntry, Dataset, SavedView } from '../src/index.js';
import { commitName, formatAgo, formatNumberOf } from './format-text.js';
import type { Glance, PageState } from './page-state.js';
import { askText } from './panels/ask-panel.js';

/**
 * Saves the rows that the filter box shows, after asking for a name. Views belong to commits: one is made when there
 * are changes.
 *
 * @param again - finds the rows again, in the state that was committed
 * @returns the name; undefined when it was cancelled. @throws {DatasetError}
 */
export async function saveView(page: PageState, again: () => Promise<void>): Promise<string | undefined> {
  const { photos, hits } = page;
  if (!photos || !hits) return undefined;
  await page.settle();
  const isOpen = await photos.hasChanges();
  const found = hits.filter ? `, found by ${hits.filter}` : '';
  const commits = isOpen ? ': your changes are committed first' : '';
  const name = await askText({
    title: 'Save a view',
    text: `${formatNumberOf(hits.view.length, 'row')} in their order${found}. A view belongs to a commit${commits}.`,
    label: 'Name',
    action: isOpen ? 'Commit and save' : 'Save view',
  });
  if (name === undefined) return undefined;
  if (isOpen) {
    await photos.commit(`View ${name}`);
    await again();
  }
  await page.hits?.view.save({ id: name.replace(/[\s/:,]+/g, '-'), message: name });
  return name;
}

/** The rows of a saved view: in the state of now when nothing has changed since, else in its commit. @throws {DatasetError} */
export async function glanceAtView(page: PageState, view: SavedView): Promise<Glance | undefined> {
  const { opened, past, canEdit } = page;
  if (!opened || !past) return undefined;
  const { indices } = await opened.loadView(view.id);
  const isNow = view.commit === opened.commitId && !(canEdit && (await opened.hasChanges()));
  const dataset: Dataset = isNow || view.commit === null ? opened : await past.at(view.commit);
  const since = dataset === opened ? '' : ' of an earlier commit, for reading only';
  const text = `This is view “${view.message ?? view.id}”: ${formatNumberOf(indices.length, 'row')}${since}.`;
  return { text, dataset, rows: indices, entry: undefined };
}

/** All rows of a commit. @throws {DatasetError} */
export async function glanceAtCommit({ past }: PageState, entry: CommitEntry): Promise<Glance | undefined> {
  const dataset = await past?.at(entry.id);
  const text = `This is commit “${commitName(entry)}” (${formatAgo(entry.time)}), for reading only.`;
  return dataset && { text, dataset, rows: undefined, entry };
}
