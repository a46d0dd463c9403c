/** The large view of one file: labels, boxes and caption, all by keyboard too, saved as they change. */
import { BitmapCache } from '../bitmap-cache.js';
import type { PixelBox, Size } from '../box-geometry.js';
import { button, element } from '../element.js';
import { nouns } from '../file-kinds.js';
import { formatCount } from '../format-text.js';
import type { PhotoEditor, SaveState } from '../photo-editor.js';
import type { RowSource, Shown } from '../row-source.js';
import { takesText } from '../undo-keys.js';
import { posterOf, sourceOf } from '../viewers/table.js';
import { createBoxList } from './box-list.js';
import { createBoxPanel } from './box-panel.js';
import { createFactList } from './fact-list.js';
import { createFailureCard } from './failure-card.js';
import { createLabelPanel } from './label-panel.js';
import { createMediaStage } from './media-stage.js';
import { sourceLink } from './source-panel.js';
import { createTensorPicker } from './tensor-picker.js';
import { createViewerHelp } from './viewer-help.js';

/** Opens the large view. */
export interface ViewerPanel {
  readonly element: HTMLDialogElement;
  /** Shows a row, at first the sample of a tensor when that is named; without an editor nothing can be changed. */
  open(source: RowSource, index: number, editor: PhotoEditor | undefined, name?: string): void;
  /** Shows where the changes are. */
  showState(state: SaveState): void;
  /** Takes over rows that were changed elsewhere. @param keepsPictures - whether rows have the pictures that they had. */
  update(source: RowSource | undefined, keepsPictures: boolean): void;
}

/** What the view tells. */
export interface ViewerEvents {
  /** It was closed while it showed the row at a place of a source. */
  onClose(source: RowSource | undefined, index: number): void;
  /** A row of the dataset is to be deleted. */
  onDelete(row: number): void;
  /** Words for screen readers. */
  announce(text: string): void;
  /** Saves again what failed. */
  onRetry(): void;
  /** Runs what shows a sample, measured under a name. */
  measure(name: string, work: () => Promise<void>): Promise<void>;
}

const HELD_BYTES = 128e6;
const REPEAT_STEP = 6; // pixels for each event of a key that is held down

/** Makes the view; it is in the page but closed. */
export function createViewerPanel(events: ViewerEvents): ViewerPanel {
  let source: RowSource | undefined;
  let editor: PhotoEditor | undefined;
  let index = 0;
  let wanted: string | undefined; // tensor that is shown of every row, where it has a sample
  let call = new AbortController();
  let cache: BitmapCache | undefined;
  let loading: Promise<void> | undefined; // of the row that is shown; what is pressed meanwhile waits for it
  const waiting: KeyboardEvent[] = [];
  let saved: readonly PixelBox[] = [];

  const boxList = createBoxList({
    select: (box) => boxes.select(box),
    remove(box) {
      boxes.select(box);
      boxes.remove();
    },
    add: () => boxes.add(),
  });
  const rowOf = (place: number): number => source?.rowAt(place) ?? place;
  const showBoxes = (): void => boxList.show(boxes.boxes, boxes.selected, editor !== undefined);
  const boxes = createBoxPanel({
    onChange(next) {
      if (loading) return; // the row went away under the pointer
      editor?.setBoxes(rowOf(index), next, next.length - saved.length);
      saved = next;
      showBoxes();
    },
    onSelect: showBoxes,
  });
  const labels = createLabelPanel((chosen, changed) => {
    if (loading) return;
    editor?.setLabels(rowOf(index), chosen, changed);
    events.announce(chosen.includes(changed) ? `Label ${changed} added` : `Label ${changed} removed`);
  });
  const caption = element('textarea', { class: 'field', id: 'caption', rows: 2, placeholder: 'What is it?' });
  const captionBox = section('Caption', 'caption', caption);
  const labelBox = section('Labels', undefined, labels.element);
  const boxBox = section('Boxes', undefined, boxList.element);
  const position = element('h2', { class: 'viewer-position', id: 'viewer-position' });
  const state = element('p', { class: 'save-state', role: 'status' });
  const failure = createFailureCard();
  const facts = createFactList((error) => failure.show(error));
  const factBox = section('File', undefined, facts.element);
  const asideTitle = element('h3', {});
  const asideBox = element('section', { class: 'viewer-section aside-section', hidden: true });
  const help = createViewerHelp();
  const media = createMediaStage({
    onFacts: facts.showMore,
    onStage(stage) {
      asideBox.hidden = !stage?.aside;
      asideTitle.textContent = stage?.aside?.title ?? '';
      asideBox.replaceChildren(asideTitle, ...(stage?.aside ? [stage.aside.element] : []));
      if (stage) help.show('other', editor !== undefined, stage.keys);
    },
    onFailure: (error) => failure.show(error, shown?.kind),
  });
  let shown: Shown | undefined;
  const picker = createTensorPicker((name) => {
    wanted = name;
    cache?.clear(); // its pictures are of another tensor
    show(index);
  });
  const step = (by: number): void => {
    const row = index + by;
    if (source && row >= 0 && row < source.length) show(row);
  };
  const previous = button(
    'Previous',
    { class: 'stage-button previous icon-only', icon: 'left', title: 'Previous (K)' },
    () => step(-1),
  );
  const next = button('Next', { class: 'stage-button next icon-only', icon: 'right', title: 'Next (J)' }, () =>
    step(1),
  );
  const close = button('Close', { class: 'quiet icon-only', icon: 'close', title: 'Close (Esc)' }, () =>
    dialog.close(),
  );
  const remove = button(
    'Delete',
    { class: 'quiet icon-only', icon: 'trash', title: 'Delete this row (Shift+Del)', id: 'delete-row' },
    () => editor && events.onDelete(rowOf(index)),
  );
  const foot = element('footer', { class: 'viewer-foot' });
  const side = element(
    'div',
    { class: 'viewer-side' },
    element('header', { class: 'viewer-head' }, position, state, remove, close, picker.element),
    labelBox,
    boxBox,
    captionBox,
    factBox,
    asideBox,
    help.element,
    foot,
  );
  factBox.classList.add('file-section');
  const dialog = element(
    'dialog',
    { class: 'viewer', id: 'viewer', 'aria-labelledby': 'viewer-position' },
    element('div', { class: 'viewer-stage' }, boxes.element, media.element, failure.element, previous, next),
    side,
  );

  const choose = (all: readonly Shown[]): Shown | undefined => all.find(({ name }) => name === wanted) ?? all[0];

  const load = async (row: number, signal: AbortSignal): Promise<ImageBitmap | undefined> => {
    const item = wanted === undefined ? await source?.first(row, { signal }) : choose(await allOf(row, signal));
    if (item?.kind !== 'image') return undefined;
    const limit = Math.max(screen.width, screen.height, 640) * devicePixelRatio;
    return posterOf(item, { width: limit, height: limit, signal });
  };

  const allOf = async (row: number, signal: AbortSignal): Promise<readonly Shown[]> =>
    (await source?.shown(row, { signal })) ?? [];

  const show = (row: number): void => {
    leave();
    call = new AbortController();
    const { signal } = call;
    index = row;
    const mine = showRow(row, signal).finally(() => {
      if (loading === mine) loading = undefined;
    });
    loading = mine;
  };

  const showRow = async (row: number, signal: AbortSignal): Promise<void> => {
    if (!source) return;
    const rows = source;
    const number = rows.isPart ? `, row ${formatCount(rows.rowAt(row) + 1)}` : '';
    const place = `${formatCount(row + 1)} of ${formatCount(rows.length)}${number}`;
    if (position.textContent === '') position.textContent = place;
    previous.disabled = row === 0;
    next.disabled = row === rows.length - 1;
    failure.hide();
    shown = undefined;
    try {
      const all = await allOf(row, signal);
      if (signal.aborted) return;
      const item = choose(all);
      shown = item;
      position.textContent = `${item ? nouns[item.kind] : 'Row'} ${place}`;
      picker.show(all, item);
      dialog.dataset.kind = item?.kind ?? 'none';
      boxBox.hidden = item?.kind !== 'image';
      foot.replaceChildren(sourceLink('panels/viewer-panel.ts'), ...(item ? [sourceLink(sourceOf(item.kind))] : []));
      help.show(item?.kind === 'image' ? 'image' : 'other', editor !== undefined, []);
      const [height = 1, width = 1] = item?.kind === 'image' ? item.sample.shape : [];
      // Each part tells its own failure: a file that cannot be shown can still be labelled.
      const known = showKnown(rows, row, { width, height }, signal);
      if (item) {
        const told = facts.showFile(rows, row, item, signal);
        await events.measure(`show ${item.name}`, () => showItem(item, { width, height }, signal));
        await told;
      } else {
        clearStage();
        facts.clear();
        failure.show(new Error('This row has nothing to show.'));
      }
      await known;
    } catch (error) {
      if (signal.aborted) return;
      clearStage();
      boxBox.hidden = true; // there is nothing to draw on
      failure.show(error, shown?.kind);
    }
  };

  const clearStage = (): void => {
    media.clear();
    boxes.show(undefined, { width: 3, height: 2 });
    boxes.setBoxes([], false);
  };

  const showItem = async ({ kind, sample }: Shown, size: Size, signal: AbortSignal): Promise<void> => {
    const row = index;
    boxes.element.hidden = kind !== 'image';
    if (kind !== 'image') {
      const hadFocus = document.activeElement === document.body || dialog.contains(document.activeElement);
      if ('bytes' in sample) await media.show(kind, sample, signal);
      if (!signal.aborted && hadFocus) focusStage();
      return;
    }
    media.clear();
    const bitmap = await cache?.request(row, signal);
    if (signal.aborted) return;
    boxes.show(bitmap, size);
    showBoxes();
    // The neighbours are ready when they are asked for.
    for (const near of [row - 1, row + 1]) {
      if (source && near >= 0 && near < source.length) cache?.request(near, signal).catch(() => {}); // told when it is shown
    }
  };

  const showKnown = async (rows: RowSource, row: number, size: Size, signal: AbortSignal): Promise<void> => {
    const [known, names] = await Promise.all([rows.annotations(row, size), rows.classNames()]);
    if (signal.aborted) return;
    saved = known.boxes;
    boxes.setBoxes(saved, editor !== undefined);
    showBoxes();
    const labelNames = known.labels.map(({ name }) => name);
    labelBox.hidden = !editor && labelNames.length === 0;
    labels.show(editor ? names : labelNames, labelNames, editor !== undefined);
    captionBox.hidden = known.caption === undefined;
    caption.value = known.caption ?? '';
    caption.readOnly = editor === undefined;
  };

  const focusStage = (): void => {
    if (shown && shown.kind !== 'image') media.focus();
    else boxes.element.querySelector<HTMLElement>('[tabindex]')?.focus();
  };

  /** Keeps what was typed before the row changes. */
  const leave = (): void => {
    call.abort(new DOMException('Another file is shown.', 'AbortError'));
    if (document.activeElement === caption) caption.blur();
  };

  const moves: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };

  const press = (event: KeyboardEvent): boolean => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    else if (media.press(event)) return true;
    else if (/^[1-9]$/.test(key) && editor) labels.toggleKey(Number(key));
    else if (key in moves) return arrow(key, event);
    else if (key === 'j' || key === 'J') step(1);
    else if (key === 'k' || key === 'K') step(-1);
    else if ((key === 'n' || key === 'N' || key === '/') && editor) labels.focusField();
    else if (key === 'b' || key === 'B') boxes.add();
    else if (key === 'Delete' && event.shiftKey) remove.click();
    else if (key === 'Delete' || key === 'Backspace') boxes.remove();
    else if (key === 'Escape' && boxes.selected >= 0) boxes.select(-1);
    else if (key === 'Escape') dialog.close();
    else return false;
    return true;
  };

  /** Presses the keys that came while a row was loading, in their order: a label meant for it must not be lost. */
  const pressWaiting = async (): Promise<void> => {
    for (let event = waiting[0]; event && dialog.open; event = waiting[0]) {
      await loading;
      if (dialog.open) press(event);
      waiting.shift();
    }
    waiting.length = 0;
  };

  const arrow = (key: string, { shiftKey, repeat }: KeyboardEvent): boolean => {
    const [x, y] = moves[key] ?? [0, 0];
    const reach = repeat ? REPEAT_STEP : 1;
    if (boxes.selected >= 0 && editor) boxes.nudge(x * reach, y * reach, shiftKey);
    else if (x !== 0) step(x);
    else return false;
    return true;
  };

  // On the document: the focus falls back to it when a button under it is disabled or taken away.
  document.addEventListener('keydown', (event) => {
    const around = event.target instanceof Element ? event.target.closest('dialog') : null;
    if (!dialog.open || (around && around !== dialog)) return;
    const isTyping = takesText(event.target);
    if (takesKey(event)) return;
    if (!isTyping && (waiting.length > 0 || (loading && isEditing(event)))) {
      event.preventDefault();
      if (waiting.push(event) === 1) void pressWaiting();
      return;
    }
    if (isTyping && event.key === 'Escape') focusStage();
    else if (isTyping || !press(event)) return;
    event.preventDefault();
  });
  caption.addEventListener('change', () => editor?.setCaption(rowOf(index), caption.value.trim()));
  dialog.addEventListener('close', () => {
    leave();
    media.clear();
    cache?.clear();
    cache = undefined;
    events.onClose(source, index);
  });

  return {
    element: dialog,
    open(rows, row, writer, name) {
      source = rows;
      editor = writer;
      wanted = name;
      position.textContent = '';
      cache = new BitmapCache({ load, maxBytes: HELD_BYTES, concurrency: 2 });
      dialog.classList.toggle('read-only', writer === undefined);
      remove.hidden = writer === undefined;
      state.replaceChildren(writer ? '' : 'read only');
      state.className = 'save-state';
      dialog.showModal();
      focusStage();
      show(row);
    },
    update(rows, keepsPictures) {
      if (!dialog.open || (rows && rows.dataset !== source?.dataset)) return; // another state is looked at
      const place = rows?.placeOf(rowOf(index)) ?? -1;
      const next = place < 0 ? index : place;
      source = rows;
      if (!rows || rows.length === 0) return dialog.close();
      if (!keepsPictures || rows.isPart) cache?.clear(); // its pictures are found by their places
      show(Math.min(next, rows.length - 1));
    },
    showState(now) {
      state.className = `save-state ${now.kind}`;
      if (now.kind === 'saving') state.replaceChildren('Saving…');
      else if (now.kind === 'saved') state.replaceChildren('Saved');
      else
        state.replaceChildren(
          `Not saved. ${now.message} `,
          button('Try again', { class: 'link' }, () => events.onRetry()),
        );
    },
  };
}

const isEditing = ({ key }: KeyboardEvent): boolean => /^([1-9bB]|Delete|Backspace)$/.test(key);

/** Whether a control acts on a key by itself: sliders and lists on arrows, buttons on the space key. */
function takesKey({ key, target }: KeyboardEvent): boolean {
  if (target instanceof HTMLVideoElement) return key !== 'Escape';
  if (target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type === 'range'))
    return /^(Arrow|Page|Home|End)/.test(key);
  return (key === ' ' || key === 'Enter') && target instanceof Element && target.matches('button, input, summary, a');
}

function section(title: string, labelFor: string | undefined, ...content: readonly Node[]): HTMLElement {
  const heading =
    labelFor === undefined
      ? element('h3', { text: title })
      : element('label', { for: labelFor, class: 'h3', text: title });
  return element('section', { class: 'viewer-section' }, heading, ...content);
}
