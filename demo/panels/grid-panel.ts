/** The files of a dataset as a grid of small pictures: only what is on the screen is in the page. */
import { ImageSample, isDatasetError } from '../../src/index.js';
import { BitmapCache } from '../bitmap-cache.js';
import { element } from '../element.js';
import { nouns } from '../file-kinds.js';
import { formatCount } from '../format-text.js';
import { RowSelection } from '../row-selection.js';
import type { CellFacts, RowSource, Shown } from '../row-source.js';
import { posterOf } from '../viewers/table.js';
import { type Cell, type CellKind, createCell } from './grid-cell.js';

/** Shows the rows of a {@link RowSource}. */
export interface GridPanel {
  readonly element: HTMLElement;
  /** The thumbnails that are held, for their figures. */
  readonly thumbnails: BitmapCache | undefined;
  /** The selected rows of the dataset. */
  readonly selection: RowSelection;
  /** Shows other rows; undefined shows none. */
  show(source: RowSource | undefined, options?: GridShowOptions): void;
  /** Takes over a new number of rows, and rows of the dataset that were changed. */
  refresh(changed?: number | 'all'): void;
  /** Moves to a place and focuses it. */
  focus(index: number): void;
}

/** How much of what was shown before stays. */
export interface GridShowOptions {
  /** Whether the grid stays where it is, instead of going to the top. */
  readonly keepsPlace?: boolean;
  /** Whether rows have the pictures that they had. */
  readonly keepsPictures?: boolean;
  /** Whether rows can be selected, to be deleted. */
  readonly canSelect?: boolean;
}

/** What the grid tells. */
export interface GridEvents {
  onOpen(index: number): void;
  /** Other rows are selected. */
  onSelect(rows: readonly number[]): void;
  /** Rows of the dataset are to be deleted. */
  onDelete(rows: readonly number[]): void;
  /** Told once for each thumbnail, with its time in milliseconds. */
  onThumbnail(milliseconds: number): void;
}

interface GridRow {
  readonly element: HTMLElement;
  readonly cells: Cell[];
  number: number;
}

const GAP = 16;
const FOOTER = 36;
const MIN_CELL = 148; // two columns on a phone of 390 pixels
const WIDE_CELL = 196;
const EXTRA_ROWS = 2; // mounted above and below, so that a scroll step finds them drawn
const HELD_BYTES = 96e6;
const THUMBNAIL_STEP = 160; // thumbnails are made in multiples of it, so that resizing the window rarely needs new ones

/** Makes the grid. */
export function createGridPanel(events: GridEvents): GridPanel {
  const canvas = element('div', { class: 'grid-canvas', role: 'presentation' });
  const noRows = element('p', { class: 'no-rows', role: 'status', hidden: true });
  const scroller = element(
    'div',
    { class: 'grid', role: 'grid', tabindex: 0, id: 'grid', 'aria-label': 'Files', 'aria-multiselectable': 'true' },
    canvas,
    noRows,
  );
  const mounted = new Map<number, GridRow>();
  const kinds = new Map<number, CellKind>(); // of the rows whose samples were read
  const spare: GridRow[] = [];
  const selection = new RowSelection();
  let canSelect = false;
  let source: RowSource | undefined;
  let cache: BitmapCache | undefined;
  let shown = 0;
  let columns = 1;
  let rowHeight = 1;
  let active = 0;
  let frame = 0;

  const thumbnailWidth = (): number => {
    const width = (scroller.clientWidth / columns) * devicePixelRatio;
    return Math.ceil(width / THUMBNAIL_STEP) * THUMBNAIL_STEP;
  };

  const load = async (row: number, signal: AbortSignal): Promise<ImageBitmap | undefined> => {
    const start = performance.now();
    const place = source?.placeOf(row) ?? -1;
    const shown = place < 0 ? undefined : await source?.first(place, { signal });
    signal.throwIfAborted();
    if (!shown) return undefined;
    kinds.set(row, kindOf(shown));
    const width = thumbnailWidth();
    try {
      const bitmap = await posterOf(shown, { width, height: Math.round((width * 2) / 3), signal });
      events.onThumbnail(performance.now() - start);
      return bitmap;
    } catch (error) {
      // Kept, but not drawn by anybody here: no failure of the file.
      if (isDatasetError(error, 'unsupported')) return undefined;
      throw error;
    }
  };

  const facts = async (index: number): Promise<CellFacts | undefined> => source?.facts(index);

  const fill = (row: GridRow): void => {
    for (const [column, cell] of row.cells.entries()) {
      const index = row.number * columns + column;
      const number = source?.rowAt(index) ?? index;
      if (index >= shown || !cache) cell.clear();
      else cell.show(index, cache, { row: number, facts: facts(index), kind: () => kinds.get(number) });
      paintState(cell, index);
    }
  };

  const paintState = (cell: Cell | undefined, index: number): void =>
    cell?.setState(index === active && index < shown, selection.has(source?.rowAt(index) ?? -1));

  selection.onChange = () => {
    for (const row of mounted.values())
      for (const [column, cell] of row.cells.entries()) paintState(cell, row.number * columns + column);
    scroller.classList.toggle('selecting', selection.rows.length > 0);
    events.onSelect(selection.rows);
  };

  const unmount = (row: GridRow): void => {
    mounted.delete(row.number);
    for (const cell of row.cells) cell.clear();
    row.element.remove();
    spare.push(row);
  };

  const mount = (number: number): GridRow => {
    const row = spare.pop() ?? { element: element('div', { class: 'grid-row', role: 'row' }), cells: [], number };
    row.number = number;
    while (row.cells.length > columns) row.cells.pop()?.element.remove();
    while (row.cells.length < columns) {
      const cell = createCell(row.cells.length);
      row.cells.push(cell);
      row.element.append(cell.element);
    }
    row.element.style.transform = `translateY(${number * rowHeight}px)`;
    row.element.setAttribute('aria-rowindex', String(number + 1));
    mounted.set(number, row);
    canvas.append(row.element);
    return row;
  };

  const render = (): void => {
    frame = 0;
    if (!source) return;
    const rows = Math.ceil(shown / columns);
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - EXTRA_ROWS);
    const last = Math.min(rows - 1, Math.floor((scroller.scrollTop + scroller.clientHeight) / rowHeight) + EXTRA_ROWS);
    for (const row of [...mounted.values()]) if (row.number < first || row.number > last) unmount(row);
    for (let number = first; number <= last; number++) if (!mounted.has(number)) fill(mount(number));
    pointAtActive();
  };

  const schedule = (): void => {
    if (frame === 0) frame = requestAnimationFrame(render);
  };

  const pointAtActive = (): void => {
    const cell = mounted.get(Math.floor(active / columns))?.cells[active % columns];
    if (cell && active < shown) scroller.setAttribute('aria-activedescendant', cell.element.id);
    else scroller.removeAttribute('aria-activedescendant');
  };

  const layout = (): void => {
    const width = canvas.clientWidth;
    if (width === 0) return;
    const least = width < 560 ? MIN_CELL : WIDE_CELL;
    const next = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
    const cellWidth = (width - GAP * (next - 1)) / next;
    const picture = Math.round((cellWidth * 2) / 3);
    const top = Math.floor(scroller.scrollTop / rowHeight) * columns;
    const keepsPlace = columns !== next && scroller.scrollTop > 0;
    columns = next;
    rowHeight = picture + FOOTER + GAP;
    scroller.style.setProperty('--columns', String(columns));
    scroller.style.setProperty('--picture', `${picture}px`);
    for (const row of [...mounted.values()]) unmount(row);
    spare.length = 0;
    resize();
    if (keepsPlace) scroller.scrollTop = Math.floor(top / columns) * rowHeight;
    render();
  };

  const resize = (): void => {
    const rows = Math.ceil(shown / columns);
    noRows.hidden = shown > 0;
    noRows.textContent = source?.isPart ? 'No row matches.' : 'There are no rows here.';
    canvas.style.height = `${Math.max(0, rows * rowHeight - GAP)}px`;
    scroller.setAttribute('aria-rowcount', String(rows));
    scroller.setAttribute('aria-colcount', String(columns));
    scroller.setAttribute('aria-label', `${formatCount(shown)} files`);
  };

  const activate = (index: number): void => {
    const next = Math.min(shown - 1, Math.max(0, index));
    const before = active;
    active = next;
    paintState(mounted.get(Math.floor(before / columns))?.cells[before % columns], before);
    const row = Math.floor(active / columns);
    const [top, bottom] = [row * rowHeight, row * rowHeight + rowHeight];
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (bottom > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = bottom - scroller.clientHeight + GAP;
    render();
    paintState(mounted.get(row)?.cells[active % columns], active);
    pointAtActive();
  };

  const page = (): number => Math.max(1, Math.floor(scroller.clientHeight / rowHeight)) * columns;
  const steps: Readonly<Record<string, () => number>> = {
    ArrowLeft: () => active - 1,
    ArrowRight: () => active + 1,
    ArrowUp: () => (active >= columns ? active - columns : active),
    ArrowDown: () => (active + columns < shown ? active + columns : active),
    PageUp: () => Math.max(active % columns, active - page()),
    PageDown: () => active + page(),
    Home: () => 0,
    End: () => shown - 1,
  };

  /** Moves the keyboard, and with Shift selects all on the way. */
  const go = (next: number, selects: boolean): void => {
    if (selects) selection.startAt(active);
    activate(next);
    if (selects) selection.extend(active, rowAt);
  };
  const rowAt = (place: number): number => source?.rowAt(place) ?? place;
  const pick = (place: number): void => selection.toggle(rowAt(place), place);
  /** Keys that select; false for others. */
  const select = ({ key, ctrlKey, metaKey }: KeyboardEvent): boolean => {
    if ((ctrlKey || metaKey) && key.toLowerCase() === 'a') {
      selection.clear();
      selection.startAt(0);
      selection.extend(shown - 1, rowAt);
    } else if (ctrlKey || metaKey) return false;
    else if (key === 'x' || key === 'X') pick(active);
    else if (key === 'Delete') events.onDelete(selection.rows.length > 0 ? selection.rows : [rowAt(active)]);
    else return key === 'Escape' && selection.clear();
    return true;
  };

  scroller.addEventListener('keydown', (event) => {
    if (event.altKey || shown === 0) return;
    if (canSelect && select(event)) event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    if (event.key === 'Enter' || event.key === ' ') events.onOpen(active);
    else if (Object.hasOwn(steps, event.key)) go(steps[event.key]?.() ?? active, event.shiftKey && canSelect);
    else return;
    event.preventDefault();
  });
  scroller.addEventListener('click', (event) => {
    const { target, shiftKey, ctrlKey, metaKey } = event;
    const cell = target instanceof Element ? target.closest('[data-index]') : undefined;
    if (!(target instanceof Element && cell instanceof HTMLElement)) return;
    const index = Number(cell.dataset.index);
    if (canSelect && shiftKey) return go(index, true);
    activate(index);
    if (canSelect && (ctrlKey || metaKey || target.closest('.cell-check'))) pick(index);
    else events.onOpen(active);
  });
  scroller.addEventListener('scroll', schedule, { passive: true });
  new ResizeObserver(layout).observe(scroller);

  return {
    element: scroller,
    get thumbnails() {
      return cache;
    },
    selection,
    show(next, { keepsPlace = false, keepsPictures = false, canSelect: allowed = false } = {}) {
      const top = keepsPlace ? scroller.scrollTop : 0;
      canSelect = allowed;
      scroller.classList.toggle('can-select', allowed);
      for (const row of [...mounted.values()]) unmount(row);
      if (!keepsPictures) {
        cache?.clear();
        kinds.clear();
      }
      source = next;
      shown = next?.length ?? 0;
      active = keepsPlace ? Math.max(0, Math.min(active, shown - 1)) : 0;
      if (!keepsPictures || !cache || !next) cache = next && new BitmapCache({ load, maxBytes: HELD_BYTES });
      selection.clear();
      resize();
      scroller.scrollTop = top;
      layout();
    },
    refresh(changed) {
      if (!source) return;
      const before = shown;
      const place = typeof changed === 'number' ? source.placeOf(changed) : -1;
      shown = source.length;
      if (shown !== before) resize();
      for (const row of mounted.values()) {
        const start = row.number * columns;
        const grown = before < start + columns && before !== shown;
        const touched = changed === 'all' || (place >= start && place < start + columns);
        if (grown || touched) fill(row);
      }
      schedule();
    },
    focus(index) {
      scroller.focus({ preventScroll: true });
      activate(index);
    },
  };
}

/** What a cell says of a sample: pictures are seen to be such, others bear the name of their format. */
function kindOf({ kind, sample }: Shown): CellKind {
  const format = sample instanceof ImageSample ? sample.encoded()?.compression : sample.compression;
  const isPlain = kind === 'image' && (format === undefined || /^(jpeg|png|webp)$/.test(format));
  return { noun: nouns[kind], badge: isPlain ? '' : (format ?? 'raw') };
}
