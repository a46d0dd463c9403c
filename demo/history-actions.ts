/** What a person does with the history of the own dataset, each with its questions and its word at the end. */
import type { CommitEntry } from '../src/index.js';
import { commitName, formatNumberOf } from './format-text.js';
import { askText } from './panels/ask-panel.js';
import { confirmDeletion } from './panels/confirm-panel.js';
import { mergeBranch } from './panels/merge-panel.js';
import type { PastStates } from './past-states.js';
import { type PhotoDataset, rememberBranch } from './photo-dataset.js';

/** What the actions need of the page. */
export interface HistoryPage {
  readonly dataset: PhotoDataset;
  readonly past: PastStates;
  /** Who makes commits; undefined when nobody is named. */
  readonly author: string | undefined;
  /** Runs a change of history when everything before it is stored, and shows what came of it. */
  change(name: string, work: () => Promise<void>): Promise<void>;
  tell(text: string): void;
}

const authored = (author: string | undefined): { author?: string } => (author === undefined ? {} : { author });

/** Makes a commit. @throws {DatasetError} */
export async function commitChanges(page: HistoryPage, message: string): Promise<void> {
  await page.change('commit', async () => {
    await page.dataset.commit(message, authored(page.author));
    page.tell(`Committed “${message}”.`);
  });
}

/** Throws away what is not committed, after a question. @throws {DatasetError} */
export async function discardChanges(page: HistoryPage): Promise<void> {
  const isSure = await confirmDeletion({
    title: 'Discard all changes?',
    text: `Branch ${page.dataset.branch} goes back to its last commit. What was added, labelled and deleted since is lost.`,
    action: 'Discard changes',
  });
  if (!isSure) return;
  await page.change('reset', async () => {
    await page.dataset.reset();
    page.tell('The changes were discarded.');
  });
}

/** Opens another branch. @throws {DatasetError} */
export async function switchBranch(page: HistoryPage, name: string): Promise<void> {
  await page.change(`checkout ${name}`, async () => {
    await page.dataset.checkout(name);
    rememberBranch(name);
  });
}

/** Begins a branch at the open state, or at a commit, after asking for its name. @throws {DatasetError} */
export async function createBranch(page: HistoryPage, entry?: CommitEntry): Promise<void> {
  const { dataset } = page;
  const { branch } = dataset;
  const place = entry ? `commit “${commitName(entry)}”` : `what is on ${branch} now`;
  const name = await askText({
    title: 'New branch',
    text: `It begins with ${place}.${entry ? '' : ' Changes without a commit are committed first.'}`,
    label: 'Name',
    action: 'Create branch',
    check: (answer) =>
      !/^[^\s/,:]*$/.test(answer)
        ? 'Names of branches have no spaces, slashes, commas or colons.'
        : dataset.branches.includes(answer)
          ? 'There is a branch of that name.'
          : '',
  });
  if (name === undefined) return;
  await page.change(`branch ${name}`, async () => {
    try {
      if (entry) await dataset.checkout(entry.id);
      await dataset.checkout(name, { create: true });
    } catch (error) {
      if (dataset.branch !== branch || entry) await dataset.checkout(branch);
      throw error;
    }
    rememberBranch(name);
    page.tell(`Branch ${name} begins here.`);
  });
}

/** Merges a branch that is chosen. @throws {DatasetError} */
export async function mergeChosenBranch(page: HistoryPage): Promise<void> {
  const { dataset } = page;
  const from = await askText({
    title: `Merge into ${dataset.branch}`,
    text: 'Rows are matched by their ids: new ones are added, changed samples are taken over. It ends in a commit.',
    label: 'Branch',
    action: 'Merge',
    choices: dataset.branches.filter((name) => name !== dataset.branch),
  });
  if (from === undefined) return;
  await page.change(`merge ${from}`, async () => {
    const { author, past } = page;
    const result = await mergeBranch({ dataset, from, author, open: (branch) => past.fresh(branch) });
    if (!result) return;
    const { commit, added, updated } = result;
    const what = `${formatNumberOf(added, 'row')} added, ${formatNumberOf(updated, 'sample')} updated`;
    page.tell(commit === undefined ? `${from} has nothing new.` : `Merged ${from}: ${what}.`);
  });
}

/** Deletes a branch that is chosen, after a question. @throws {DatasetError} */
export async function deleteChosenBranch(page: HistoryPage): Promise<void> {
  const { dataset } = page;
  const name = await askText({
    title: 'Delete a branch',
    text: 'Its commits are deleted with it, for ever. The open branch and main stay.',
    label: 'Branch',
    action: 'Delete branch',
    choices: dataset.branches.filter((one) => one !== dataset.branch && one !== 'main'),
  });
  if (name === undefined) return;
  await page.change(`delete ${name}`, async () => {
    await dataset.deleteBranch(name);
    page.tell(`Branch ${name} was deleted.`);
  });
}

/** Makes the open branch hold what a commit holds, without a commit of that. @throws {DatasetError} */
export async function restoreCommit(page: HistoryPage, entry: CommitEntry | undefined): Promise<void> {
  if (!entry) return;
  await page.change('restore', async () => {
    await page.dataset.restore(entry.id);
    page.tell(`The branch holds what “${commitName(entry)}” holds. Commit it to keep it.`);
  });
}
