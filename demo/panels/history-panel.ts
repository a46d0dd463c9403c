/** The history of the open branch: changes, commits, and what each of them changed as a picture. */
import type { CommitChanges, CommitEntry, Dataset } from '../../src/index.js';
import { button, element } from '../element.js';
import { commitName, formatAgo, messageOf } from '../format-text.js';
import type { PastStates } from '../past-states.js';
import { type BranchEvents, createBranchRow } from './branch-row.js';
import { createChangePicture } from './change-picture.js';
import { type CommitEvents, createCommitForm } from './commit-form.js';
import type { RowSides } from './row-change.js';
import { sourceLink } from './source-panel.js';

/** What the panel asks for. */
export interface HistoryEvents extends BranchEvents, CommitEvents {
  /** A commit is to be looked at. */
  openCommit(entry: CommitEntry): void;
  restoreCommit(entry: CommitEntry): void;
  /** A branch is to begin at a commit. */
  branchFrom(entry: CommitEntry): void;
  /** A row of a state is to be shown. */
  openRow(dataset: Dataset, row: number): void;
}

/** What the panel shows. */
export interface HistoryState {
  readonly dataset: Dataset;
  readonly past: PastStates;
  readonly canEdit: boolean;
  /** The commit that is looked at. */
  readonly opened: string | undefined;
}

/** The panel. */
export interface HistoryPanel {
  readonly element: HTMLElement;
  /** Who makes commits: what the author field says. */
  readonly author: string | undefined;
  /** Shows a state as it is now; undefined shows nothing. What is under way is left. */
  show(state: HistoryState | undefined): void;
}

/** Makes the panel. */
export function createHistoryPanel(events: HistoryEvents): HistoryPanel {
  const branches = createBranchRow(events);
  const form = createCommitForm(events);
  const changesTitle = element('h3', {});
  const changesPicture = element('div', { class: 'changes-field' });
  const changesBox = element(
    'section',
    { class: 'pending', id: 'pending', 'aria-label': 'Changes that are not committed' },
    changesTitle,
    form.element,
    changesPicture,
  );
  const list = element('ol', { class: 'commits', 'aria-label': 'Commits' });
  const hint = element('p', { class: 'panel-lead' });
  const panel = element(
    'section',
    { class: 'panel', id: 'history' },
    element(
      'header',
      { class: 'panel-head' },
      element('h2', { text: 'History' }),
      sourceLink('panels/history-panel.ts'),
    ),
    branches.element,
    changesBox,
    element('h3', { text: 'Commits' }),
    hint,
    list,
  );
  let call = new AbortController();
  let pictures = new AbortController(); // of the commits
  let pending = new AbortController(); // of the changes
  let shownList = '';
  let shownChanges = '';
  let shownDataset: Dataset | undefined;

  const show = async (state: HistoryState, signal: AbortSignal): Promise<void> => {
    const { dataset, canEdit } = state;
    branches.show(dataset.branches, dataset.branch, canEdit);
    changesBox.hidden = !canEdit;
    const commits = await dataset.log();
    if (signal.aborted) return;
    showCommits(commits, state);
    if (!canEdit) return;
    await dataset.flush();
    const hasChanges = (await dataset.hasChanges()) && (dataset.length > 0 || commits.length > 0);
    const changes = hasChanges ? await dataset.diff() : undefined;
    if (!signal.aborted) await showChanges(changes, state, signal);
  };

  const showChanges = async (
    changes: CommitChanges | undefined,
    { dataset, past }: HistoryState,
    signal: AbortSignal,
  ): Promise<void> => {
    form.show(changes !== undefined);
    changesTitle.textContent = changes ? 'Changes since the last commit' : 'Nothing has changed since the last commit';
    const key = changes ? `${dataset.commitId} ${dataset.stats.puts} ${JSON.stringify(changes)}` : '';
    if (key === shownChanges && shownDataset === dataset) return;
    const before = changes && dataset.commitId !== undefined ? await past.at(dataset.commitId) : undefined;
    if (signal.aborted) return;
    shownChanges = key;
    shownDataset = dataset;
    pending.abort();
    pending = new AbortController();
    const sides: RowSides = { before, after: dataset };
    changesPicture.replaceChildren(
      ...(changes ? [createChangePicture(changes, sides, events.openRow, pending.signal)] : []),
    );
  };

  const showCommits = (commits: readonly CommitEntry[], state: HistoryState): void => {
    hint.textContent = commits.length === 0 ? 'There are no commits yet.' : '';
    const key = JSON.stringify([state.dataset.address, commits, state.canEdit, state.opened]);
    if (key === shownList) {
      for (const time of list.querySelectorAll('time')) time.textContent = formatAgo(new Date(time.dateTime));
      return;
    }
    shownList = key;
    pictures.abort();
    pictures = new AbortController();
    const unfolded = new Set([...list.querySelectorAll<HTMLElement>('details[open]')].map(({ id }) => id));
    list.replaceChildren(...commits.map((entry) => commitItem(entry, state, pictures.signal)));
    for (const details of list.querySelectorAll('details')) details.open = unfolded.has(details.id);
  };

  const commitItem = (entry: CommitEntry, state: HistoryState, signal: AbortSignal): HTMLElement => {
    const { id, author, branch, time } = entry;
    const isOpened = state.opened === id;
    const facts = element('span', { class: 'commit-facts' }, `${author ?? 'unknown'} · `);
    facts.append(
      element('time', { datetime: time.toISOString(), title: time.toLocaleString('en'), text: formatAgo(time) }),
    );
    if (branch !== state.dataset.branch) facts.append(` · ${branch}`);
    const field = element('div', { class: 'changes-field' });
    const details = element(
      'details',
      { class: 'commit', id: `commit-${id}` },
      element(
        'summary',
        { title: `Commit ${id}` },
        element('span', { class: 'commit-message', text: commitName(entry) }),
        facts,
        isOpened && element('span', { class: 'chip', text: 'open' }),
      ),
      element(
        'div',
        { class: 'commit-actions' },
        !isOpened && button('Open', { icon: 'open', title: 'Look at this commit' }, () => events.openCommit(entry)),
        state.canEdit &&
          button('Restore', { icon: 'clock', title: 'Make the branch hold what this commit holds' }, () =>
            events.restoreCommit(entry),
          ),
        state.canEdit &&
          button('Branch', { icon: 'branch', title: 'New branch from here' }, () => events.branchFrom(entry)),
      ),
      field,
    );
    details.addEventListener('toggle', () => {
      if (!details.open || field.childElementCount > 0) return;
      field.replaceChildren(element('p', { class: 'panel-lead', text: 'Reading what it changed…' }));
      pictureOf(entry, state.past, signal).then(
        (picture) => field.replaceChildren(picture),
        (error: unknown) => {
          if (!signal.aborted) field.replaceChildren(element('p', { class: 'panel-lead', text: messageOf(error) }));
        },
      );
    });
    return element('li', {}, details);
  };

  const pictureOf = async (
    { id, parent }: CommitEntry,
    past: PastStates,
    signal: AbortSignal,
  ): Promise<HTMLElement> => {
    const after = await past.at(id);
    const before = parent === undefined ? undefined : await past.at(parent);
    const changes = await after.diff();
    signal.throwIfAborted();
    return createChangePicture(changes, { before, after }, events.openRow, signal);
  };

  return {
    element: panel,
    get author() {
      return form.author;
    },
    show(state) {
      call.abort();
      call = new AbortController();
      const { signal } = call;
      if (!state) return;
      show(state, signal).catch((error: unknown) => {
        if (!signal.aborted) hint.textContent = messageOf(error);
      });
    },
  };
}
