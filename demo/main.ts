/** The demo: one dataset of photos and other files in this browser, and any Deep Lake dataset to look at. */
import { type Dataset, openDataset, type Store, type UndoStep } from '../src/index.js';
import { requestPersistence } from '../src/stores.js';
import { element, required } from './element.js';
import { formatNumberOf } from './format-text.js';
import * as history from './history-actions.js';
import { createTimedCodecs, Operations } from './operations.js';
import * as own from './own-actions.js';
import { type Glance, PageState } from './page-state.js';
import { createActionBar } from './panels/action-bar.js';
import { createFiguresPanel } from './panels/figures-panel.js';
import { createGridPanel, type GridShowOptions } from './panels/grid-panel.js';
import { createHistoryPanel } from './panels/history-panel.js';
import { createIngestPanel } from './panels/ingest-panel.js';
import { createNoticePanel } from './panels/notice-panel.js';
import { createQueryPanel, type QueryHits } from './panels/query-panel.js';
import { createSavePanel } from './panels/save-panel.js';
import { createSelectionBar } from './panels/selection-bar.js';
import { createSideTabs } from './panels/side-tabs.js';
import { createStartPanel } from './panels/start-panel.js';
import { createSummaryPanel } from './panels/summary-panel.js';
import { createTablePanel } from './panels/table-panel.js';
import { createViewerPanel } from './panels/viewer-panel.js';
import { createViewsMenu } from './panels/views-menu.js';
import { PastStates } from './past-states.js';
import {
  createPhotos,
  deletePhotos,
  openPhotos,
  type PhotoDataset,
  photosName,
  rememberBranch,
  sampleClassNames,
} from './photo-dataset.js';
import { PhotoEditor } from './photo-editor.js';
import { RowSource } from './row-source.js';
import { fetchSamplePhotos } from './sample-photos.js';
import { createFileTaker } from './take-files.js';
import { listenForUndo } from './undo-keys.js';
import { UndoSteps } from './undo-steps.js';
import * as views from './view-actions.js';

const notices = createNoticePanel();
const operations = new Operations();
const codecs = createTimedCodecs();
const steps = new UndoSteps();
const page = new PageState();
let refreshing: ReturnType<typeof setTimeout> | undefined;
operations.stats = () => page.shown?.stats;

const grid = createGridPanel({
  onOpen: (index) => page.source && viewer.open(page.source, index, page.shownEditor),
  onSelect: (rows) => selection.show(rows.length),
  onDelete: (rows) => guarded(() => deleteRows(rows)),
  onThumbnail: (milliseconds) => figures.addThumbnail(milliseconds),
});
const viewer = createViewerPanel({
  onClose(source, index) {
    if (source === page.source && !grid.element.hidden) grid.focus(index);
    refreshHistory();
  },
  onDelete: (row) => guarded(() => deleteRows([row])),
  announce: (text) => notices.announce(text),
  onRetry: () => page.editor?.retry(),
  measure: (name, work) => operations.run(name, work),
});
const figures = createFiguresPanel({ operations, codecs, thumbnails: () => grid.thumbnails });
const summary = createSummaryPanel();
const table = createTablePanel({
  onOpen: (place, tensor) => page.source && viewer.open(page.source, place, page.shownEditor, tensor),
});
const selection = createSelectionBar({
  remove: () => guarded(() => deleteRows(grid.selection.rows)),
  clear: () => grid.selection.clear(),
});
const viewsMenu = createViewsMenu({
  list: async () => (await page.opened?.views()) ?? [],
  save: () => guarded(saveView),
  open: (view) => guarded(async () => lookAt(await views.glanceAtView(page, view))),
  search: (filter) => guarded(async () => lookAt(undefined, filter)),
  remove: (view) => guarded(async () => page.photos?.deleteView(view.id)),
});
const query = createQueryPanel(
  { onHits: showHits, measure: (name, work) => operations.run(name, work) },
  viewsMenu.element,
);
const historyPanel = createHistoryPanel({
  commit: (message) => onHistory((mine) => history.commitChanges(mine, message)),
  discard: () => void onHistory(history.discardChanges),
  switchBranch: (name) => void onHistory((mine) => history.switchBranch(mine, name)),
  switchGuest: (name) => guarded(() => change(`checkout ${name}`, async () => page.opened?.checkout(name))),
  createBranch: () => void onHistory((mine) => history.createBranch(mine)),
  mergeBranch: () => void onHistory(history.mergeChosenBranch),
  deleteBranch: () => void onHistory(history.deleteChosenBranch),
  openCommit: (entry) => guarded(async () => lookAt(await views.glanceAtCommit(page, entry))),
  restoreCommit: (entry) => void onHistory((mine) => history.restoreCommit(mine, entry)),
  branchFrom: (entry) => void onHistory((mine) => history.createBranch(mine, entry)),
  openRow: (dataset, row) =>
    viewer.open(new RowSource(dataset), row, dataset === page.photos ? page.editor : undefined),
});
const ingest = createIngestPanel();
const saver = createSavePanel();
const files = createFileTaker({ guarded, addPhotos, openGuest, tell: (text) => notices.tell(text) });
const start = createStartPanel({ ...files, pickFolder: files.openFolder, useSamples: () => guarded(addSamples) });
const tabs = createSideTabs(
  [
    { name: 'Details', content: [summary.element, figures.element] },
    { name: 'History', content: [historyPanel.element] },
  ],
  refreshHistory,
);
const workspace = element(
  'div',
  { class: 'workspace', hidden: true },
  element('div', { class: 'field-area' }, query.element, grid.element, table.element, selection.element),
  tabs.element,
);
required('#main', HTMLElement).append(ingest.element, start, workspace);
document.body.append(viewer.element, saver.element);

const bar = createActionBar({
  undo: () => guarded(() => undo(false)),
  redo: () => guarded(() => undo(true)),
  leavePast: () => guarded(async () => lookAt(undefined)),
  branchFromPast: () => void onHistory((mine) => history.createBranch(mine, page.glance?.entry)),
  restorePast: () => void onHistory((mine) => history.restoreCommit(mine, page.glance?.entry)),
  ...files,
  addPhotos: files.pickPhotos,
  saveZip: () => guarded(saveAsZip),
  startOver: () => guarded(startOver),
  leaveGuest: () => guarded(leaveGuest),
  showTable(wanted) {
    page.showsTable = wanted;
    render();
  },
  toggleSide: () => document.body.classList.toggle('side-open'),
  reload: () => location.reload(),
});
steps.onChange = render;

/** Brings the page in line with what is open. */
function render(): void {
  const { isTable } = page;
  const isEmpty = page.isEmpty(steps);
  start.hidden = !isEmpty || page.isBusy || page.isOpening;
  workspace.hidden = isEmpty;
  grid.element.hidden = isTable;
  table.element.hidden = !isTable;
  bar.show(page.barState(steps));
  viewsMenu.show(page.shownEditor !== undefined);
  if (page.shown && !isEmpty) void summary.show(page.shown);
}

/** Shows another dataset, or another state of it, from its first row. */
function showDataset(dataset: Dataset | undefined): void {
  void page.past?.close();
  page.past = dataset && new PastStates(dataset, codecs);
  page.glance = undefined;
  page.showsTable = false;
  showRows(undefined);
  query.show(dataset && { dataset, rows: undefined });
  figures.watch(dataset);
  refreshHistory();
}

/** Shows rows of what is shown; undefined shows all. */
function showRows(rows: ArrayLike<number> | undefined, options?: GridShowOptions): void {
  const dataset = page.shown;
  page.source = dataset && new RowSource(dataset, rows);
  render(); // the grid measures itself when it is shown
  grid.show(page.source?.hasPictures ? page.source : undefined, {
    ...options,
    canSelect: page.shownEditor !== undefined,
  });
  table.show(page.guest ? page.source : undefined);
}

function showHits(found: QueryHits, isAgain: boolean): void {
  page.hits = found;
  const isShown = !isAgain && !page.source?.isPart && found.rows === undefined;
  if (!isShown) showRows(found.rows, { keepsPictures: !page.hasMoved, keepsPlace: isAgain });
  page.hasMoved = false;
}

/** Shows an earlier state or a saved view; undefined goes back to what is open. */
function lookAt(next: Glance | undefined, filter?: string): void {
  page.glance = next;
  page.past?.keep(next?.entry?.id);
  const dataset = page.shown;
  showRows(next?.rows);
  query.show(dataset && { dataset, rows: next?.rows }, filter);
  figures.watch(dataset);
  refreshHistory();
}

/** Takes over samples that were changed, and rows that came and went. */
async function showChanges(movesRows: boolean): Promise<void> {
  if (movesRows && page.glance) lookAt(undefined); // its row numbers are those of other rows now
  page.hasMoved = movesRows; // until the rows are shown
  page.source?.forget();
  if (movesRows || page.source?.isPart) await query.again();
  else grid.refresh('all');
  if (page.hasMoved) lookAt(undefined); // the filter has no meaning any more
  viewer.update(page.source, !movesRows);
  render();
  refreshHistory();
}

/** Shows the history as it is, once what is under way is stored. */
function refreshHistory(): void {
  clearTimeout(refreshing);
  const dataset = page.opened;
  const states = page.past;
  historyPanel.show(undefined);
  if (!tabs.isShown('History') || viewer.element.open || !dataset || !states) return;
  refreshing = setTimeout(() => {
    historyPanel.show({ dataset, past: states, canEdit: page.canEdit && !page.isBusy, opened: page.glance?.entry?.id });
  }, 100);
}

/** Runs an action of the history on the own dataset. Resolves when it is done or has failed. */
function onHistory(work: (page: history.HistoryPage) => Promise<unknown>): Promise<void> {
  return new Promise((resolve) =>
    guarded(async () => {
      try {
        if (!page.photos || !page.past || !page.canEdit) return;
        await work({
          dataset: page.photos,
          past: page.past,
          author: historyPanel.author,
          change,
          tell: (text) => notices.tell(text),
        });
      } finally {
        refreshHistory(); // a list may show what was not chosen after all
        resolve();
      }
    }),
  );
}

async function change(name: string, work: () => Promise<void>): Promise<void> {
  if (page.isBusy) return notices.tell('Something else is under way. Wait for it first.');
  page.isBusy = true;
  render();
  try {
    await page.settle();
    await operations.run(name, work);
  } finally {
    page.isBusy = false;
    showDataset(page.opened);
  }
}

async function undo(redo: boolean, only?: UndoStep): Promise<void> {
  if (page.isBusy || !page.shownEditor) return;
  if (only && !steps.isLast(only)) return notices.tell('Other changes came after it: undo them first.');
  await page.settle();
  const before = page.photos?.length;
  const step = await operations.run(redo ? 'redo' : 'undo', () => steps.go(redo));
  if (!step) return notices.tell(redo ? 'There is nothing to do again.' : 'There is nothing to undo.');
  notices.tell(`${redo ? 'Done again' : 'Undone'}: ${step.label ?? 'the last change'}.`);
  await showChanges(page.photos?.length !== before);
}

async function deleteRows(rows: readonly number[]): Promise<void> {
  const dataset = page.photos;
  if (!dataset || !page.shownEditor || rows.length === 0 || page.isBusy) return;
  await page.settle();
  const name = await own.deleteRows({ dataset, operations, steps }, rows);
  if (name === undefined) return;
  await showChanges(true);
  const step = steps.last?.label === name ? steps.last : undefined; // a large one cannot be undone
  const action = step && { label: 'Undo', act: () => guarded(() => undo(false, step)) };
  notices.tell(`${name.replace('Delete', 'Deleted')}.`, action);
}

async function saveView(): Promise<void> {
  const name = await views.saveView(page, () => query.again());
  if (name !== undefined) notices.tell(`View “${name}” is saved.`);
  refreshHistory();
}

async function openOwn(): Promise<void> {
  try {
    await operations.run('open', async () => {
      const found = await openPhotos(codecs);
      page.isLocked = found.isLocked;
      await usePhotos(found.dataset);
    });
  } finally {
    page.isOpening = false;
  }
  showDataset(page.photos);
}

async function usePhotos(dataset: PhotoDataset | undefined): Promise<void> {
  page.photos = dataset;
  page.editor = dataset && !dataset.readOnly ? new PhotoEditor(dataset, operations, steps) : undefined;
  await steps.watch(page.editor && dataset);
  if (steps.damage !== undefined) notices.error(steps.damage);
  if (!page.editor) return;
  page.editor.onState = (state) => {
    viewer.showState(state);
    if (state.kind === 'saved') refreshHistory();
  };
  page.editor.onChange = (row) => {
    page.source?.forget(row);
    grid.refresh(row);
    if (page.photos) void summary.show(page.photos);
  };
}

/** Adds files to the own dataset, which is created when there is none. */
async function addPhotos(files: readonly File[], classNames: readonly string[] = []): Promise<void> {
  if (page.isBusy) return notices.tell('Files are being added already. Wait for them, or cancel first.');
  if (files.length === 0) return notices.tell('There are no files among these that can be kept.');
  if (page.photos?.readOnly) return notices.tell('Another tab is editing this dataset. Add the files there.');
  if (page.guest) await leaveGuest();
  if (page.glance || page.hits?.rows) lookAt(undefined);
  page.isBusy = true;
  render();
  try {
    if (!page.photos) {
      await operations.run('create', async () => usePhotos(await createPhotos(codecs)));
      rememberBranch('main');
      showDataset(page.photos);
    }
    const dataset = page.photos;
    if (!dataset) return;
    await page.settle();
    const report = await own.importFiles({ dataset, operations, steps }, files, classNames, ingest, showGrowth);
    if (report) notices.announce(`${formatNumberOf(report.rows, 'file')} added, ${report.skipped.length} skipped`);
    void requestPersistence();
  } finally {
    page.isBusy = false;
    showGrowth();
    refreshHistory();
  }
}

function showGrowth(): void {
  page.source?.forget();
  render();
  grid.refresh();
}

async function addSamples(): Promise<void> {
  await addPhotos(await fetchSamplePhotos(new AbortController().signal), sampleClassNames);
  grid.focus(0);
}

async function openGuest(name: string, open: () => Store | Promise<Store>): Promise<void> {
  const before = page.guest;
  await operations.run(`open ${name}`, async () => {
    page.guest = { name, dataset: await openDataset(await open(), { codecs }) };
  });
  await before?.dataset.close();
  showDataset(page.guest?.dataset);
}

async function leaveGuest(): Promise<void> {
  const before = page.guest;
  page.guest = undefined;
  await before?.dataset.close();
  showDataset(page.photos);
}

async function saveAsZip(): Promise<void> {
  const dataset = page.photos;
  if (!dataset) return;
  await saver.save(dataset.store, photosName, async () => {
    await page.settle();
    if (!dataset.readOnly) await operations.run('flush', () => dataset.flush());
  });
}

async function startOver(): Promise<void> {
  if (!(await own.confirmStartOver(page.photos?.length ?? 0))) return;
  await page.settle();
  const dataset = page.photos;
  await usePhotos(undefined);
  showDataset(undefined);
  rememberBranch('main');
  await operations.run('delete', () => deletePhotos(dataset));
  notices.tell('The dataset was deleted.');
}

/** Runs what a person asked for, and tells when it fails. */
function guarded(work: () => Promise<unknown>): void {
  work()
    .catch((error: unknown) => notices.error(error))
    .finally(render);
}

listenForUndo((redo) => guarded(() => undo(redo)));
render();
guarded(openOwn);
