/** A changed row as pictures: before and after, with boxes and labels, side by side. */
import type { Dataset } from '../../src/index.js';
import type { ChangedRow } from '../change-strip.js';
import { element } from '../element.js';
import { formatCount, messageOf } from '../format-text.js';
import { type Annotations, RowSource } from '../row-source.js';
import { posterOf } from '../viewers/table.js';
import { hueClass } from './grid-cell.js';

/** What a row was changed between. */
export interface RowSides {
  /** Undefined before the first commit. */
  readonly before: Dataset | undefined;
  readonly after: Dataset;
}

/** Told to show a row of one side. */
export type OpenRow = (dataset: Dataset, row: number) => void;

const WIDTH = 280; // pixels of a picture, twice those on the page
const HEIGHT = 187;
const words = { added: 'added', updated: 'changed', removed: 'removed' } as const;

/** Makes the picture of a row; it fills as it is read. */
export function createRowChange(change: ChangedRow, { before, after }: RowSides, onOpen: OpenRow, signal: AbortSignal) {
  const number = formatCount((change.after ?? change.before ?? 0) + 1);
  const title = `Row ${number} ${words[change.kind]}`;
  const left = before && change.before !== undefined ? side('Before', before, change.before, title, onOpen) : undefined;
  const right = change.after !== undefined ? side('After', after, change.after, title, onOpen) : undefined;
  const figure = element(
    'li',
    { class: `row-change ${change.kind}` },
    element('p', { class: 'row-change-title' }, title, element('small', { text: change.tensors.join(', ') })),
    element('div', { class: 'row-sides' }, left?.element ?? empty('not there yet'), right?.element ?? empty('removed')),
  );
  void Promise.all([left?.load(signal), right?.load(signal)]).then(([old, now]) => {
    if (signal.aborted) return;
    left?.tell(old, now);
    right?.tell(now, old);
  });
  return figure;
}

const empty = (text: string): HTMLElement => element('span', { class: 'row-side none', text });

function side(name: 'Before' | 'After', dataset: Dataset, row: number, title: string, onOpen: OpenRow) {
  const canvas = element('canvas', { class: 'row-picture', width: WIDTH, height: HEIGHT });
  const chips = element('span', { class: 'chips' });
  const note = element('span', { class: 'row-note' });
  const open = element('button', { type: 'button', class: 'row-side' }, canvas, chips, note);
  open.setAttribute('aria-label', `${title}, ${name.toLowerCase()}`);
  open.addEventListener('click', () => onOpen(dataset, row));
  return {
    element: open,
    async load(signal: AbortSignal): Promise<Annotations | undefined> {
      try {
        const source = new RowSource(dataset);
        const shown = await source.first(row, { signal });
        const [high = 1, wide = 1] = shown?.kind === 'image' ? shown.sample.shape : [];
        const known = await source.annotations(row, { width: wide, height: high });
        const bitmap = shown && (await posterOf(shown, { width: WIDTH, height: HEIGHT, signal }));
        if (bitmap) paint(canvas, bitmap, known, wide);
        bitmap?.close();
        return known;
      } catch (error) {
        if (!signal.aborted) note.textContent = messageOf(error);
        return undefined;
      }
    },
    /** Says what it has, and marks what the other side has not. */
    tell(own: Annotations | undefined, other: Annotations | undefined): void {
      if (!own) return;
      const names = new Set(other?.labels.map((label) => label.name));
      const mark = name === 'Before' ? 'gone' : 'new';
      chips.replaceChildren(
        ...own.labels.map((label) =>
          element('span', {
            class: `chip ${hueClass(label.number)} ${other && !names.has(label.name) ? mark : ''}`,
            text: label.name,
          }),
        ),
      );
      if (own.caption !== (other?.caption ?? own.caption)) note.textContent = `“${own.caption ?? ''}”`;
      const labels = own.labels.map((label) => label.name).join(', ') || 'no label';
      const boxes = own.boxes.length === 1 ? '1 box' : `${own.boxes.length} boxes`;
      open.setAttribute('aria-label', `${title}, ${name.toLowerCase()}: ${labels}; ${boxes}`);
      open.title = `${name}: ${labels}; ${boxes}. Click to open.`;
    },
  };
}

/** Draws a picture as large as it fits, with its boxes. */
function paint(canvas: HTMLCanvasElement, bitmap: ImageBitmap, { boxes }: Annotations, width: number): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const scale = Math.min(WIDTH / bitmap.width, HEIGHT / bitmap.height);
  const [left, top] = [(WIDTH - bitmap.width * scale) / 2, (HEIGHT - bitmap.height * scale) / 2];
  context.drawImage(bitmap, left, top, bitmap.width * scale, bitmap.height * scale);
  const step = (bitmap.width / width) * scale; // pixels of the canvas for one of the file
  context.lineWidth = 4;
  for (const [x, y, w, h] of boxes) {
    context.strokeStyle = 'rgb(4 16 22 / 0.75)';
    context.strokeRect(left + x * step, top + y * step, w * step, h * step);
    context.strokeStyle = '#4fd8f7';
    context.setLineDash([]);
    context.lineWidth = 2.5;
    context.strokeRect(left + x * step, top + y * step, w * step, h * step);
    context.lineWidth = 4;
  }
}
