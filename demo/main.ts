/** The demo: one dataset of photos and other files in this browser, and any Deep Lake dataset to look at. */
import { type Dataset, openDataset, type Store } from '../src/index.js';
import { blobFolderStore, requestPersistence, zipStore } from '../src/stores.js';
import { element, required } from './element.js';
import { formatNumberOf } from './format-text.js';
import { ingestFiles } from './ingest.js';
import { createTimedCodecs, Operations } from './operations.js';
import { createActionBar } from './panels/action-bar.js';
import { confirmDeletion } from './panels/confirm-panel.js';
import { createFiguresPanel } from './panels/figures-panel.js';
import { createGridPanel } from './panels/grid-panel.js';
import { createIngestPanel } from './panels/ingest-panel.js';
import { createNoticePanel } from './panels/notice-panel.js';
import { createSavePanel } from './panels/save-panel.js';
import { createStartPanel } from './panels/start-panel.js';
import { createSummaryPanel } from './panels/summary-panel.js';
import { createTablePanel } from './panels/table-panel.js';
import { createViewerPanel } from './panels/viewer-panel.js';
import {
  createPhotos,
  deletePhotos,
  openPhotos,
  type PhotoDataset,
  photosName,
  sampleClassNames,
} from './photo-dataset.js';
import { PhotoEditor } from './photo-editor.js';
import { classify, droppedFiles, type FileTree, pickFiles } from './pick-files.js';
import { RowSource } from './row-source.js';
import { fetchSamplePhotos } from './sample-photos.js';

/** A dataset that somebody else made, open to look at. */
interface Guest {
  readonly dataset: Dataset;
  readonly name: string;
}

const notices = createNoticePanel();
const operations = new Operations();
const codecs = createTimedCodecs();

let photos: PhotoDataset | undefined;
let guest: Guest | undefined;
let source: RowSource | undefined;
let editor: PhotoEditor | undefined;
let isLocked = false;
let isBusy = false;
let isOpening = true; // until then nothing is shown that might have to go again
let showsTable = false;

/** What is on the page: the guest while there is one. */
const shown = (): Dataset | undefined => guest?.dataset ?? photos;
operations.stats = () => shown()?.stats;

const grid = createGridPanel({
  onOpen: (index) => source && viewer.open(source, index, guest ? undefined : editor),
  onThumbnail: (milliseconds) => figures.addThumbnail(milliseconds),
});
const viewer = createViewerPanel({
  onClose: (index) => !grid.element.hidden && grid.focus(index),
  announce: (text) => notices.announce(text),
  onRetry: () => editor?.retry(),
  measure: (name, work) => operations.run(name, work),
});
const figures = createFiguresPanel({ operations, codecs, thumbnails: () => grid.thumbnails });
const summary = createSummaryPanel();
const table = createTablePanel({
  onOpen: (row, tensor) => source && viewer.open(source, row, guest ? undefined : editor, tensor),
});
const ingest = createIngestPanel();
const saver = createSavePanel();
const start = createStartPanel({
  pickPhotos: () => void pick({}),
  pickFolder: () => void pick({ folder: true }),
  useSamples: () => guarded(addSamples),
  openArchive: () => void pick({ accept: '.zip,application/zip' }),
  openFolder: () => void pick({ folder: true }),
});
const side = element('aside', { class: 'side', id: 'side', 'aria-label': 'Details' }, summary.element, figures.element);
const workspace = element(
  'div',
  { class: 'workspace', hidden: true },
  element('div', { class: 'field-area' }, grid.element, table.element),
  side,
);
required('#main', HTMLElement).append(ingest.element, start, workspace);
document.body.append(viewer.element, saver.element);

const bar = createActionBar({
  addPhotos: () => void pick({}),
  saveZip: () => guarded(saveAsZip),
  openArchive: () => void pick({ accept: '.zip,application/zip' }),
  openFolder: () => void pick({ folder: true }),
  startOver: () => guarded(startOver),
  leaveGuest: () => guarded(leaveGuest),
  showTable(wanted) {
    showsTable = wanted;
    render();
  },
  toggleSide: () => document.body.classList.toggle('side-open'),
  reload: () => location.reload(),
});

/** Brings the page in line with what is open. */
function render(): void {
  const dataset = shown();
  const isEmpty = !guest && (photos?.length ?? 0) === 0;
  start.hidden = !isEmpty || isBusy || isOpening;
  workspace.hidden = isEmpty;
  const hasPictures = source?.hasPictures === true && source.length > 0;
  const asTable = guest !== undefined && (showsTable || !hasPictures);
  grid.element.hidden = asTable;
  table.element.hidden = !asTable;
  bar.show({
    name: guest?.name ?? (isEmpty ? undefined : `idb://${photosName}`),
    rows: dataset?.length ?? 0,
    isGuest: guest !== undefined,
    isLocked: isLocked && !guest,
    isBusy,
    views: guest && hasPictures ? (asTable ? 'table' : 'photos') : undefined,
  });
  if (dataset && !isEmpty) summary.show(dataset);
}

/** Shows another dataset from its first row. */
function showDataset(dataset: Dataset | undefined): void {
  source = dataset && new RowSource(dataset);
  showsTable = false;
  render(); // the grid measures itself when it is shown
  grid.show(source?.hasPictures ? source : undefined);
  table.show(guest?.dataset);
  figures.watch(dataset);
}

async function openOwn(): Promise<void> {
  try {
    await operations.run('open', async () => {
      const opened = await openPhotos(codecs);
      isLocked = opened.isLocked;
      usePhotos(opened.dataset);
    });
  } finally {
    isOpening = false;
  }
  showDataset(photos);
}

function usePhotos(dataset: PhotoDataset | undefined): void {
  photos = dataset;
  editor = dataset && !dataset.readOnly ? new PhotoEditor(dataset, operations) : undefined;
  if (!editor) return;
  editor.onState = (state) => viewer.showState(state);
  editor.onChange = (index) => {
    source?.forget(index);
    grid.refresh(index);
    if (photos) summary.show(photos);
  };
}

/** Adds files to the own dataset, which is created when there is none. */
async function addPhotos(files: readonly File[], classNames: readonly string[] = []): Promise<void> {
  if (isBusy) return notices.tell('Files are being added already. Wait for them, or cancel first.');
  if (files.length === 0) return notices.tell('There are no files among these that can be kept.');
  if (photos?.readOnly) return notices.tell('Another tab is editing this dataset. Add the files there.');
  if (guest) await leaveGuest();
  isBusy = true;
  render();
  try {
    if (!photos) {
      await operations.run('create', async () => usePhotos(await createPhotos(codecs)));
      showDataset(photos);
    }
    const dataset = photos;
    if (!dataset) return;
    if (classNames.length > 0 && dataset.length === 0)
      await dataset.tensor('labels').info.update({ class_names: [...classNames] });
    const report = await ingest.run(files.length, ({ signal, onProgress, onSkip }) =>
      operations.run(`add ${formatNumberOf(files.length, 'file')}`, () =>
        ingestFiles(dataset, files, {
          signal,
          onSkip,
          onProgress(progress) {
            onProgress(progress);
            showGrowth();
          },
        }),
      ),
    );
    if (report) notices.announce(`${formatNumberOf(report.rows, 'file')} added, ${report.skipped.length} skipped`);
    void requestPersistence();
  } finally {
    isBusy = false;
    showGrowth();
  }
}

function showGrowth(): void {
  source?.forget();
  render();
  grid.refresh();
}

async function addSamples(): Promise<void> {
  await addPhotos(await fetchSamplePhotos(new AbortController().signal), sampleClassNames);
  grid.focus(0);
}

async function pick(options: { readonly accept?: string; readonly folder?: boolean }): Promise<void> {
  const tree = await pickFiles(options);
  if (tree.size > 0) guarded(() => take(tree));
}

/** Adds or opens what a person gave. */
async function take(tree: FileTree): Promise<void> {
  const picked = classify(tree);
  if (picked.kind === 'zip') return openGuest(picked.file.name, () => zipStore(picked.file));
  if (picked.kind === 'folder') return openGuest(picked.name, () => blobFolderStore(picked.files));
  if (picked.ignored > 0) notices.tell(`${formatNumberOf(picked.ignored, 'file')} left out: of no kind that is kept.`);
  return addPhotos(picked.files);
}

async function openGuest(name: string, open: () => Store | Promise<Store>): Promise<void> {
  const before = guest;
  await operations.run(`open ${name}`, async () => {
    guest = { name, dataset: await openDataset(await open(), { codecs }) };
  });
  await before?.dataset.close();
  showDataset(guest?.dataset);
}

async function leaveGuest(): Promise<void> {
  const before = guest;
  guest = undefined;
  await before?.dataset.close();
  showDataset(photos);
}

async function saveAsZip(): Promise<void> {
  const dataset = photos;
  if (!dataset) return;
  await saver.save(dataset.store, photosName, async () => {
    await editor?.settled();
    if (!dataset.readOnly) await operations.run('flush', () => dataset.flush());
  });
}

async function startOver(): Promise<void> {
  const rows = photos?.length ?? 0;
  const isSure = await confirmDeletion({
    title: 'Start a new dataset?',
    text: `This deletes ${formatNumberOf(rows, 'file')} with labels and boxes from this browser. Save a zip first if you want to keep them.`,
    action: `Delete ${formatNumberOf(rows, 'file')}`,
  });
  if (!isSure) return;
  await editor?.settled();
  const dataset = photos;
  usePhotos(undefined);
  showDataset(undefined);
  await operations.run('delete', () => deletePhotos(dataset));
  notices.tell('The dataset was deleted.');
}

/** Runs what a person asked for, and tells when it fails. */
function guarded(work: () => Promise<unknown>): void {
  work()
    .catch((error: unknown) => notices.error(error))
    .finally(render);
}

function acceptDrops(): void {
  const veil = required('#drop-veil', HTMLElement);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  let depth = 0; // dragenter and dragleave come for every element on the way
  addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    depth++;
    veil.classList.add('shown');
  });
  addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) veil.classList.remove('shown');
  });
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    depth = 0;
    veil.classList.remove('shown');
    const { dataTransfer } = event;
    if (!dataTransfer || !hasFiles(event)) return;
    event.preventDefault();
    const files = droppedFiles(dataTransfer);
    guarded(async () => take(await files));
  });
}

acceptDrops();
render();
guarded(openOwn);
