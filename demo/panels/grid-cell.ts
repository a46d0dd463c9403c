/** One cell of the grid; it is used for one row after another as the person scrolls. */
import type { BitmapCache } from '../bitmap-cache.js';
import { element, icon } from '../element.js';
import { messageOf } from '../format-text.js';
import type { CellFacts, Label } from '../row-source.js';

/** A cell and what it shows. */
export interface Cell {
  readonly element: HTMLElement;
  /** Shows what is at a place: its bitmap from the cache, or when it has come, and what is known of it. */
  show(index: number, bitmaps: BitmapCache, known: CellKnowledge): void;
  /** Shows nothing and lets go of what was asked for. */
  clear(): void;
  /** Whether the keyboard is at it, and whether it is selected. */
  setState(isActive: boolean, isSelected: boolean): void;
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
  /** Number of its row in the dataset. */
  readonly row: number;
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
  const check = element('span', { class: 'cell-check', title: 'Select (X)', 'aria-hidden': 'true' }, icon('check'));
  const cell = element(
    'div',
    { class: 'cell', role: 'gridcell', 'aria-colindex': column + 1, hidden: true },
    element('div', { class: 'cell-frame' }, canvas, badge, boxes, check),
    element('div', { class: 'cell-foot' }, chips, number),
  );
  const context = canvas.getContext('2d');
  let call = new AbortController();
  let noun = 'Row';
  let words = '';
  let name = 1; // of the row, counted from 1

  const draw = (bitmap: ImageBitmap): void => {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    context?.drawImage(bitmap, 0, 0);
    cell.dataset.state = 'drawn';
  };

  const showFacts = ({ labels, boxes: count }: CellFacts): void => {
    chips.replaceChildren(...chipsOf(labels));
    boxes.hidden = count === 0;
    if (boxCount) boxCount.textContent = String(count);
    const names = labels.length > 0 ? labels.map(({ name }) => name).join(', ') : 'no label';
    words = `: ${names}${count > 0 ? `; ${count === 1 ? '1 box' : `${count} boxes`}` : ''}`;
    describe();
  };

  const showKind = (kind: CellKind | undefined): void => {
    noun = kind?.noun ?? 'Row';
    badge.textContent = kind?.badge ?? '';
    badge.hidden = badge.textContent === '';
    describe();
  };

  const describe = (): void => cell.setAttribute('aria-label', `${noun} ${name}${words}`);

  const clear = (): void => {
    call.abort(new DOMException('The cell shows another row.', 'AbortError'));
    cell.hidden = true;
    cell.removeAttribute('id');
    delete cell.dataset.index;
  };

  return {
    element: cell,
    show(index, bitmaps, { row, facts, kind }) {
      const isSame = cell.dataset.index === String(index);
      const isWaiting = isSame && cell.dataset.state === 'waiting'; // its bitmap is on the way
      if (!isSame) call.abort(new DOMException('The cell shows another row.', 'AbortError'));
      if (call.signal.aborted) call = new AbortController();
      const { signal } = call;
      cell.hidden = false;
      cell.dataset.index = String(index);
      cell.id = `photo-${index}`;
      cell.removeAttribute('title');
      name = row + 1;
      number.textContent = String(name);
      if (!isSame) {
        chips.replaceChildren();
        boxes.hidden = true;
        words = '';
        showKind(kind());
      }
      const fail = (error: unknown): void => {
        if (signal.aborted) return;
        showKind(kind());
        cell.dataset.state = 'failed';
        cell.title = messageOf(error);
        cell.setAttribute('aria-label', `${noun} ${name} cannot be shown. ${messageOf(error)}`);
      };
      facts.then((found) => {
        if (found && !signal.aborted) showFacts(found);
      }, fail);
      if (isWaiting || (isSame && cell.dataset.state === 'drawn')) return;
      const bitmap = bitmaps.get(row);
      if (bitmap) {
        draw(bitmap);
        return;
      }
      cell.dataset.state = 'waiting';
      bitmaps.request(row, signal).then((loaded) => {
        if (signal.aborted) return;
        showKind(kind());
        if (loaded) draw(loaded);
        else cell.dataset.state = 'empty';
      }, fail);
    },
    clear,
    setState(isActive, isSelected) {
      cell.classList.toggle('active', isActive);
      cell.classList.toggle('selected', isSelected);
      cell.setAttribute('aria-selected', String(isSelected));
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
