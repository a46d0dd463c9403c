/** One cell of the grid; it is used for one row after another as the person scrolls. */
import type { BitmapCache } from '../bitmap-cache.js';
import { element, icon } from '../element.js';
import { messageOf } from '../format-text.js';
import type { CellFacts, Label } from '../row-source.js';

/** A cell and what it shows. */
export interface Cell {
  readonly element: HTMLElement;
  /** Shows a row: its bitmap from the cache, or when it has come, and what is known of it. */
  show(index: number, bitmaps: BitmapCache, known: CellKnowledge): void;
  /** Shows nothing and lets go of what was asked for. */
  clear(): void;
  setActive(isActive: boolean): void;
}

/** What a sample is. */
export interface CellKind {
  /** `Photo`, `Video`. */
  readonly noun: string;
  /** Name of its format; empty where the picture says enough. */
  readonly badge: string;
}

/** What a cell says besides the picture. */
export interface CellKnowledge {
  /** Labels and boxes. */
  readonly facts: Promise<CellFacts | undefined>;
  /** Known once the sample was read. */
  readonly kind: () => CellKind | undefined;
}

/** Number of colours that labels have. */
const HUES = 8;
const SHOWN_LABELS = 3;

/** The class that gives a label its colour. */
export function hueClass(label: number): string {
  return `hue-${label % HUES}`;
}

/** Makes an empty cell. */
export function createCell(column: number): Cell {
  const canvas = element('canvas', { class: 'cell-picture', width: 3, height: 2 });
  const number = element('span', { class: 'cell-number' });
  const chips = element('span', { class: 'chips' });
  const boxes = element('span', { class: 'cell-boxes', hidden: true }, icon('box'), element('span'));
  const boxCount = boxes.lastElementChild;
  const badge = element('span', { class: 'cell-badge', hidden: true });
  const cell = element(
    'div',
    { class: 'cell', role: 'gridcell', 'aria-colindex': column + 1, hidden: true },
    element('div', { class: 'cell-frame' }, canvas, badge, boxes),
    element('div', { class: 'cell-foot' }, chips, number),
  );
  const context = canvas.getContext('2d');
  let call = new AbortController();
  let noun = 'Row';
  let words = '';

  const draw = (bitmap: ImageBitmap): void => {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    context?.drawImage(bitmap, 0, 0);
    cell.dataset.state = 'drawn';
  };

  const showFacts = (index: number, { labels, boxes: count }: CellFacts): void => {
    chips.replaceChildren(...chipsOf(labels));
    boxes.hidden = count === 0;
    if (boxCount) boxCount.textContent = String(count);
    const names = labels.length > 0 ? labels.map(({ name }) => name).join(', ') : 'no label';
    words = `: ${names}${count > 0 ? `; ${count === 1 ? '1 box' : `${count} boxes`}` : ''}`;
    describe(index);
  };

  const showKind = (index: number, kind: CellKind | undefined): void => {
    noun = kind?.noun ?? 'Row';
    badge.textContent = kind?.badge ?? '';
    badge.hidden = badge.textContent === '';
    describe(index);
  };

  const describe = (index: number): void => cell.setAttribute('aria-label', `${noun} ${index + 1}${words}`);

  const clear = (): void => {
    call.abort(new DOMException('The cell shows another row.', 'AbortError'));
    cell.hidden = true;
    cell.removeAttribute('id');
    delete cell.dataset.index;
  };

  return {
    element: cell,
    show(index, bitmaps, { facts, kind }) {
      const isSame = cell.dataset.index === String(index);
      const isWaiting = isSame && cell.dataset.state === 'waiting'; // its bitmap is on the way
      if (!isSame) call.abort(new DOMException('The cell shows another row.', 'AbortError'));
      if (call.signal.aborted) call = new AbortController();
      const { signal } = call;
      cell.hidden = false;
      cell.dataset.index = String(index);
      cell.id = `photo-${index}`;
      cell.removeAttribute('title');
      number.textContent = String(index + 1);
      if (!isSame) {
        chips.replaceChildren();
        boxes.hidden = true;
        words = '';
        showKind(index, kind());
      }
      const fail = (error: unknown): void => {
        if (signal.aborted) return;
        showKind(index, kind());
        cell.dataset.state = 'failed';
        cell.title = messageOf(error);
        cell.setAttribute('aria-label', `${noun} ${index + 1} cannot be shown. ${messageOf(error)}`);
      };
      facts.then((found) => {
        if (found && !signal.aborted) showFacts(index, found);
      }, fail);
      if (isWaiting || (isSame && cell.dataset.state === 'drawn')) return;
      const bitmap = bitmaps.get(index);
      if (bitmap) {
        draw(bitmap);
        return;
      }
      cell.dataset.state = 'waiting';
      bitmaps.request(index, signal).then((loaded) => {
        if (signal.aborted) return;
        showKind(index, kind());
        if (loaded) draw(loaded);
        else cell.dataset.state = 'empty';
      }, fail);
    },
    clear,
    setActive(isActive) {
      cell.classList.toggle('active', isActive);
      cell.setAttribute('aria-selected', String(isActive));
    },
  };
}

function chipsOf(labels: readonly Label[]): HTMLElement[] {
  if (labels.length === 0) return [element('span', { class: 'no-label', text: 'no label' })];
  const chips = labels
    .slice(0, SHOWN_LABELS)
    .map(({ name, number }) => element('span', { class: `chip ${hueClass(number)}`, text: name }));
  if (labels.length > SHOWN_LABELS)
    chips.push(element('span', { class: 'chip more', text: `+${labels.length - SHOWN_LABELS}` }));
  return chips;
}
