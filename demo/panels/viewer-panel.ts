/** The large view of one picture: labels, boxes and caption, all by keyboard too, saved as they change. */
import { BitmapCache } from '../bitmap-cache.js';
import type { PixelBox, Size } from '../box-geometry.js';
import { button, element } from '../element.js';
import { formatCount, messageOf } from '../format-text.js';
import type { PhotoEditor, SaveState } from '../photo-editor.js';
import type { RowSource } from '../row-source.js';
import { createBoxList } from './box-list.js';
import { createBoxPanel } from './box-panel.js';
import { createLabelPanel } from './label-panel.js';
import { sourceLink } from './source-panel.js';

/** Opens the large view. */
export interface ViewerPanel {
  readonly element: HTMLDialogElement;
  /** Shows a row; without an editor nothing can be changed. */
  open(source: RowSource, index: number, editor: PhotoEditor | undefined): void;
  /** Shows where the changes are. */
  showState(state: SaveState): void;
}

/** What the view tells. */
export interface ViewerEvents {
  /** It was closed while it showed a row. */
  onClose(index: number): void;
  /** Words for screen readers. */
  announce(text: string): void;
  /** Saves again what failed. */
  onRetry(): void;
}

const HELD_BYTES = 128e6;
const REPEAT_STEP = 6; // pixels for each event of a key that is held down

/** Makes the view; it is in the page but closed. */
export function createViewerPanel(events: ViewerEvents): ViewerPanel {
  let source: RowSource | undefined;
  let editor: PhotoEditor | undefined;
  let index = 0;
  let call = new AbortController();
  let cache: BitmapCache | undefined;
  let loading: Promise<void> | undefined; // of the row that is shown; what is pressed meanwhile waits for it
  const waiting: KeyboardEvent[] = [];
  let undo: (readonly PixelBox[])[] = [];
  let saved: readonly PixelBox[] = [];

  const boxList = createBoxList({
    select: (box) => boxes.select(box),
    remove(box) {
      boxes.select(box);
      boxes.remove();
    },
    add: () => boxes.add(),
  });
  const showBoxes = (): void => boxList.show(boxes.boxes, boxes.selected, editor !== undefined);
  const boxes = createBoxPanel({
    onChange(next) {
      if (loading) return; // the row went away under the pointer
      undo.push(saved);
      saved = next;
      editor?.setBoxes(index, next);
      showBoxes();
    },
    onSelect: showBoxes,
  });
  const labels = createLabelPanel((chosen, changed) => {
    if (loading) return;
    editor?.setLabels(index, chosen);
    events.announce(chosen.includes(changed) ? `Label ${changed} added` : `Label ${changed} removed`);
  });
  const caption = element('textarea', { class: 'field', id: 'caption', rows: 2, placeholder: 'What is in the photo?' });
  const captionBox = section('Caption', 'caption', caption);
  const position = element('h2', { class: 'viewer-position', id: 'viewer-position' });
  const state = element('p', { class: 'save-state', role: 'status' });
  const failure = element('p', { class: 'stage-failure', role: 'alert', hidden: true });
  const step = (by: number): void => {
    const row = index + by;
    if (source && row >= 0 && row < source.length) show(row);
  };
  const previous = button(
    'Previous photo',
    { class: 'stage-button previous icon-only', icon: 'left', title: 'Previous (← or K)' },
    () => step(-1),
  );
  const next = button(
    'Next photo',
    { class: 'stage-button next icon-only', icon: 'right', title: 'Next (→ or J)' },
    () => step(1),
  );
  const close = button('Close', { class: 'quiet icon-only', icon: 'close', title: 'Close (Esc)' }, () =>
    dialog.close(),
  );
  const help = element(
    'dl',
    { class: 'keys' },
    ...keyHelp('1–9', 'toggle a label'),
    ...keyHelp('N', 'find or add a label'),
    ...keyHelp('← →', 'previous, next'),
    ...keyHelp('B', 'add a box'),
    ...keyHelp('Arrows', 'move the chosen box, with Shift resize it'),
    ...keyHelp('Del', 'delete it'),
    ...keyHelp('Ctrl Z', 'undo a box'),
    ...keyHelp('Esc', 'close'),
  );
  const editing = [
    element(
      'details',
      { class: 'key-help', open: matchMedia('(min-height: 760px)').matches },
      element('summary', { text: 'Keys' }),
      help,
    ),
  ];
  const side = element(
    'div',
    { class: 'viewer-side' },
    element('header', { class: 'viewer-head' }, position, state, close),
    section('Labels', undefined, labels.element),
    section('Boxes', undefined, boxList.element),
    captionBox,
    ...editing,
    element(
      'footer',
      { class: 'viewer-foot' },
      sourceLink('panels/viewer-panel.ts'),
      sourceLink('panels/box-panel.ts'),
    ),
  );
  const dialog = element(
    'dialog',
    { class: 'viewer', id: 'viewer', 'aria-labelledby': 'viewer-position' },
    element('div', { class: 'viewer-stage' }, boxes.element, failure, previous, next),
    side,
  );

  const load = async (row: number, signal: AbortSignal): Promise<ImageBitmap | undefined> => {
    const picture = await source?.image(row, { signal });
    const limit = Math.max(screen.width, screen.height, 640) * devicePixelRatio;
    return picture?.toBitmap({ maxWidth: limit, maxHeight: limit, signal });
  };

  const show = (row: number): void => {
    leave();
    call = new AbortController();
    const { signal } = call;
    index = row;
    undo = [];
    const mine = showRow(row, signal).finally(() => {
      if (loading === mine) loading = undefined;
    });
    loading = mine;
  };

  const showRow = async (row: number, signal: AbortSignal): Promise<void> => {
    if (!source || !cache) return;
    const rows = source;
    position.textContent = `Photo ${formatCount(row + 1)} of ${formatCount(rows.length)}`;
    previous.disabled = row === 0;
    next.disabled = row === rows.length - 1;
    failure.hidden = true;
    try {
      const picture = await rows.image(row, { signal });
      const [height = 1, width = 1] = picture?.shape ?? [];
      const size: Size = { width, height };
      const [bitmap, known, names] = await Promise.all([
        cache.request(row, signal),
        rows.annotations(row, size),
        rows.classNames(),
      ]);
      if (signal.aborted) return;
      boxes.show(bitmap, size);
      saved = known.boxes;
      boxes.setBoxes(saved, editor !== undefined);
      showBoxes();
      const labelNames = known.labels.map(({ name }) => name);
      labels.show(editor ? names : labelNames, labelNames, editor !== undefined);
      captionBox.hidden = known.caption === undefined;
      caption.value = known.caption ?? '';
      caption.readOnly = editor === undefined;
      if (!bitmap) fail('This row has no picture.');
      // The neighbours are ready when they are asked for.
      for (const near of [row - 1, row + 1]) {
        if (near >= 0 && near < rows.length) cache.request(near, signal).catch(() => {}); // told when it is shown
      }
    } catch (error) {
      if (signal.aborted) return;
      boxes.show(undefined, { width: 3, height: 2 });
      boxes.setBoxes([], false);
      labels.show([], [], false);
      fail(messageOf(error));
    }
  };

  const focusStage = (): void => boxes.element.querySelector<HTMLElement>('[tabindex]')?.focus();

  const fail = (message: string): void => {
    failure.textContent = message;
    failure.hidden = false;
  };

  /** Keeps what was typed before the row changes. */
  const leave = (): void => {
    call.abort(new DOMException('Another photo is shown.', 'AbortError'));
    if (document.activeElement === caption) caption.blur();
  };

  const undoBoxes = (): void => {
    const last = undo.pop();
    if (!last || !editor) return;
    saved = last;
    boxes.setBoxes(last, true);
    editor.setBoxes(index, last);
    showBoxes();
  };

  const moves: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };

  const press = (event: KeyboardEvent): boolean => {
    const { key } = event;
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === 'z') undoBoxes();
    else if (event.ctrlKey || event.metaKey || event.altKey) return false;
    else if (/^[1-9]$/.test(key) && editor) labels.toggleKey(Number(key));
    else if (key in moves) return arrow(key, event);
    else if (key === 'j' || key === 'J') step(1);
    else if (key === 'k' || key === 'K') step(-1);
    else if ((key === 'n' || key === 'N' || key === '/') && editor) labels.focusField();
    else if (key === 'b' || key === 'B') boxes.add();
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
    const isTyping = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    if (!isTyping && (waiting.length > 0 || (loading && isEditing(event)))) {
      event.preventDefault();
      if (waiting.push(event) === 1) void pressWaiting();
      return;
    }
    if (isTyping && event.key === 'Escape') focusStage();
    else if (isTyping || !press(event)) return;
    event.preventDefault();
  });
  caption.addEventListener('change', () => editor?.setCaption(index, caption.value.trim()));
  dialog.addEventListener('close', () => {
    leave();
    cache?.clear();
    cache = undefined;
    events.onClose(index);
  });

  return {
    element: dialog,
    open(rows, row, writer) {
      source = rows;
      editor = writer;
      cache = new BitmapCache({ load, maxBytes: HELD_BYTES, concurrency: 2 });
      dialog.classList.toggle('read-only', writer === undefined);
      for (const part of editing) part.hidden = writer === undefined;
      state.replaceChildren(writer ? '' : 'read only');
      state.className = 'save-state';
      dialog.showModal();
      focusStage();
      show(row);
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

function section(title: string, labelFor: string | undefined, ...content: readonly Node[]): HTMLElement {
  const heading =
    labelFor === undefined
      ? element('h3', { text: title })
      : element('label', { for: labelFor, class: 'h3', text: title });
  return element('section', { class: 'viewer-section' }, heading, ...content);
}

function keyHelp(keys: string, meaning: string): HTMLElement[] {
  return [
    element('dt', {}, ...keys.split(' ').map((key) => element('kbd', { text: key }))),
    element('dd', { text: meaning }),
  ];
}
