/** Live figures of the open dataset: what other tools hide. */
import type { Dataset } from '../../src/index.js';
import { estimateStorage } from '../../src/stores.js';
import type { BitmapCache } from '../bitmap-cache.js';
import { element } from '../element.js';
import { formatBytes, formatCount, formatMilliseconds } from '../format-text.js';
import type { Operations, TimedCodecs } from '../operations.js';
import { sourceLink } from './source-panel.js';

/** Shows figures. */
export interface FiguresPanel {
  readonly element: HTMLElement;
  /** Shows those of a dataset from now on; undefined stops. */
  watch(dataset: Dataset | undefined): void;
  /** Counts a thumbnail. */
  addThumbnail(milliseconds: number): void;
}

/** Where the figures come from. */
export interface FigureSources {
  readonly operations: Operations;
  readonly codecs: TimedCodecs;
  thumbnails(): BitmapCache | undefined;
}

const REFRESH_MILLISECONDS = 500;
const KEPT_TIMES = 60;

/** Makes the panel. */
export function createFiguresPanel({ operations, codecs, thumbnails }: FigureSources): FiguresPanel {
  const values = new Map<string, HTMLElement>();
  const figure = (name: string, title: string): HTMLElement => {
    const value = element('dd', { text: '–' });
    values.set(name, value);
    return element('div', { class: 'figure', title }, element('dt', { text: name }), value);
  };
  const grid = element(
    'dl',
    { class: 'figures' },
    figure('Rows', 'Rows of the dataset'),
    figure('Stored', 'What this site keeps in the browser, as the browser estimates it'),
    figure('Chunks', 'Chunks of the visible tensors'),
    figure('Requests', 'Reads and writes that went to the store since it was opened'),
    figure('Read', 'Bytes that the store gave since it was opened'),
    figure('Written', 'Bytes that the store took since it was opened'),
    figure('Thumbnail', 'Median time from asking for a thumbnail to its bitmap'),
    figure('Cache hits', 'Thumbnails that were still held when they were needed again'),
    figure('Codec time', 'Decoding and encoding by the library in its workers; thumbnails are decoded by the browser'),
  );
  const list = element('ul', { class: 'operations' });
  const panel = element(
    'section',
    { class: 'panel', id: 'figures' },
    element(
      'header',
      { class: 'panel-head' },
      element('h2', { text: 'Live figures' }),
      sourceLink('panels/figures-panel.ts'),
    ),
    grid,
    element('h3', { text: 'Last operations' }),
    list,
  );
  let dataset: Dataset | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  let times: number[] = [];
  let counted = -1; // puts at the time of the last count
  let chunks = 0;
  let stored: number | undefined;
  let isCounting = false;

  const set = (name: string, text: string): void => {
    const value = values.get(name);
    if (value && value.textContent !== text) value.textContent = text;
  };

  const count = async (open: Dataset): Promise<void> => {
    if (isCounting || counted === open.stats.puts) return; // nothing was written since
    isCounting = true;
    try {
      counted = open.stats.puts;
      let found = 0;
      for await (const key of open.store.list?.('') ?? []) if (isVisibleChunk(key)) found++;
      chunks = found;
      stored = (await estimateStorage()).usage;
    } finally {
      isCounting = false;
    }
  };

  const refresh = (): void => {
    const open = dataset;
    if (!open || document.hidden) return;
    // Closed while it was counted: the next dataset is counted anew.
    count(open).catch(() => {
      counted = -1;
    });
    const { requests, bytesRead, writes, bytesWritten } = open.stats;
    const cache = thumbnails();
    set('Rows', formatCount(open.length));
    set('Stored', stored === undefined ? '–' : formatBytes(stored));
    set('Chunks', formatCount(chunks));
    set('Requests', formatCount(requests + writes));
    set('Read', formatBytes(bytesRead));
    set('Written', formatBytes(bytesWritten));
    set('Thumbnail', times.length === 0 ? '–' : formatMilliseconds(median(times)));
    const wishes = cache ? cache.hits + cache.loads : 0;
    set('Cache hits', cache && wishes > 0 ? `${Math.round((100 * cache.hits) / wishes)} %` : '–');
    set('Codec time', codecs.jobs === 0 ? '–' : formatMilliseconds(codecs.milliseconds));
  };

  operations.onChange = () => {
    list.replaceChildren(
      ...operations.latest.map(({ name, milliseconds, requests, bytes }) =>
        element(
          'li',
          {},
          element('span', { class: 'operation-name', text: name }),
          element('span', { class: 'operation-cost', text: `${formatCount(requests)} req · ${formatBytes(bytes)}` }),
          element('span', { class: 'operation-time', text: formatMilliseconds(milliseconds) }),
        ),
      ),
    );
    refresh();
  };

  return {
    element: panel,
    watch(next) {
      dataset = next;
      counted = -1;
      chunks = 0;
      times = [];
      clearInterval(timer);
      timer = next && setInterval(refresh, REFRESH_MILLISECONDS);
      refresh();
    },
    addThumbnail(milliseconds) {
      times.push(milliseconds);
      if (times.length > KEPT_TIMES) times.shift();
    },
  };
}

/** Whether a key is a chunk of a tensor that is not hidden; names of hidden tensors start with `_`. */
function isVisibleChunk(key: string): boolean {
  const parts = key.split('/');
  const at = parts.lastIndexOf('chunks');
  return at > 0 && parts[at - 1]?.startsWith('_') === false;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
