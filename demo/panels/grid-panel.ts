/** The files of a dataset as a grid of small pictures: only what is on the screen is in the page. */
import { ImageSample, isDatasetError } from '../../src/index.js';
import { BitmapCache } from '../bitmap-cache.js';
import { element } from '../element.js';
import { nouns } from '../file-kinds.js';
import { formatCount } from '../format-text.js';
import type { CellFacts, RowSource, Shown } from '../row-source.js';
import { posterOf } from '../viewers/table.js';
import { type Cell, type CellKind, createCell } from './grid-cell.js';

/** Shows the rows of a {@link RowSource}. */
export interface GridPanel {
  readonly element: HTMLElement;
  /** The thumbnails that are held, for their figures. */
  readonly thumbnails: BitmapCache | undefined;
  /** Shows other rows from the top; undefined shows none. */
  show(source: RowSource | undefined): void;
  /** Takes over a new number of rows, and rows that were changed. */
  refresh(changed?: number): void;
  /** Moves to a row and focuses it. */
  focus(index: number): void;
}

/** What the grid tells. */
export interface GridEvents {
  onOpen(index: number): void;
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
  const scroller = element(
    'div',
    { class: 'grid', role: 'grid', tabindex: 0, id: 'grid', 'aria-label': 'Files' },
    canvas,
  );
  const mounted = new Map<number, GridRow>();
  const kinds = new Map<number, CellKind>(); // of the rows whose samples were read
  const spare: GridRow[] = [];
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

  const load = async (index: number, signal: AbortSignal): Promise<ImageBitmap | undefined> => {
    const start = performance.now();
    const shown = await source?.first(index, { signal });
    signal.throwIfAborted();
    if (!shown) return undefined;
    kinds.set(index, kindOf(shown));
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
      if (index >= shown || !cache) cell.clear();
      else cell.show(index, cache, { facts: facts(index), kind: () => kinds.get(index) });
      cell.setActive(index === active && index < shown);
    }
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
    canvas.style.height = `${Math.max(0, rows * rowHeight - GAP)}px`;
    scroller.setAttribute('aria-rowcount', String(rows));
    scroller.setAttribute('aria-colcount', String(columns));
    scroller.setAttribute('aria-label', `${formatCount(shown)} files`);
  };

  const activate = (index: number): void => {
    const next = Math.min(shown - 1, Math.max(0, index));
    mounted.get(Math.floor(active / columns))?.cells[active % columns]?.setActive(false);
    active = next;
    const row = Math.floor(active / columns);
    const [top, bottom] = [row * rowHeight, row * rowHeight + rowHeight];
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (bottom > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = bottom - scroller.clientHeight + GAP;
    render();
    mounted.get(row)?.cells[active % columns]?.setActive(true);
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

  scroller.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || shown === 0) return;
    if (event.key === 'Enter' || event.key === ' ') events.onOpen(active);
    else if (Object.hasOwn(steps, event.key)) activate(steps[event.key]?.() ?? active);
    else return;
    event.preventDefault();
  });
  scroller.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target.closest('[data-index]') : undefined;
    if (!(target instanceof HTMLElement)) return;
    activate(Number(target.dataset.index));
    events.onOpen(active);
  });
  scroller.addEventListener('scroll', schedule, { passive: true });
  new ResizeObserver(layout).observe(scroller);

  return {
    element: scroller,
    get thumbnails() {
      return cache;
    },
    show(next) {
      cache?.clear();
      kinds.clear();
      source = next;
      shown = next?.length ?? 0;
      active = 0;
      cache = next && new BitmapCache({ load, maxBytes: HELD_BYTES });
      for (const row of [...mounted.values()]) unmount(row);
      scroller.scrollTop = 0;
      resize();
      layout();
    },
    refresh(changed) {
      if (!source) return;
      const before = shown;
      shown = source.length;
      if (shown !== before) resize();
      for (const row of mounted.values()) {
        const start = row.number * columns;
        const grown = before < start + columns && before !== shown;
        const touched = changed !== undefined && changed >= start && changed < start + columns;
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
