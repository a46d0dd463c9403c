/** The filter box: rows for which an expression holds, in an order, found as it is typed. */
import type { Dataset, View } from '../../src/index.js';
import { button, element, icon } from '../element.js';
import { formatCount, formatNumberOf, messageOf } from '../format-text.js';
import { queryExamples, type RowOrder, rowOrders, tensorFacts } from '../query-examples.js';
import { placeOfError, withoutFilter } from '../query-place.js';
import { closeOnLeave } from './menu.js';
import { sourceLink } from './source-panel.js';

/** Rows among which the box looks. */
export interface QueryBase {
  readonly dataset: Dataset;
  /** Numbers of the rows, in their order; undefined for all. */
  readonly rows: ArrayLike<number> | undefined;
}

/** What the box found. */
export interface QueryHits {
  /** Numbers of the rows in their order; undefined for those that the box looks among. */
  readonly rows: ArrayLike<number> | undefined;
  /** The same rows as a view, which can be saved. */
  readonly view: View;
  readonly filter: string;
}

/** What the box tells. */
export interface QueryEvents {
  /** Other rows are to be shown. @param isAgain - whether it is the same search, made again */
  onHits(hits: QueryHits, isAgain: boolean): void;
  /** Runs a search, measured under a name. */
  measure<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** The filter box. */
export interface QueryPanel {
  readonly element: HTMLElement;
  /** Looks among other rows: with nothing typed, or with a filter. */
  show(base: QueryBase | undefined, filter?: string): void;
  /** Looks again, since samples were changed. Resolves when the rows are told. */
  again(): Promise<void>;
  /** Puts the cursor into the box. */
  focus(): void;
}

const PATIENCE_MILLISECONDS = 250; // after the last key

/** Makes the box. @param views - stands beside it */
export function createQueryPanel(events: QueryEvents, views: HTMLElement): QueryPanel {
  const field = element('input', {
    class: 'field query-field',
    id: 'query',
    type: 'search',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    placeholder: 'Filter rows',
    'aria-label': 'Filter rows by an expression',
    'aria-describedby': 'query-count query-error',
  });
  const order = element('select', { class: 'field query-order', id: 'query-order', 'aria-label': 'Order of rows' });
  const count = element('p', { class: 'query-count', id: 'query-count', role: 'status' });
  const bar = element('progress', {
    class: 'query-bar',
    max: 1,
    value: 0,
    hidden: true,
    'aria-label': 'Rows searched',
  });
  const marked = element('code', { class: 'query-marked', 'aria-hidden': 'true' });
  const reason = element('span', {});
  const failure = element('p', { class: 'query-error', id: 'query-error', 'aria-live': 'polite', hidden: true });
  failure.append(marked, reason);
  const examples = element('ul', { class: 'query-examples' });
  const help = element(
    'details',
    { class: 'menu query-help' },
    element(
      'summary',
      { class: 'button icon-only', 'aria-label': 'Help with filters', title: 'Help with filters' },
      '?',
    ),
    element(
      'div',
      { class: 'menu-items' },
      element('p', { class: 'panel-lead', text: 'Expressions over tensors, as in Python:' }),
      examples,
      element(
        'p',
        { class: 'panel-lead' },
        'Also ',
        ...['and', 'or', 'not', 'in', '<=', '.min', '.max', '.mean', '[0]'].flatMap((text) => [
          element('code', { text }),
          ' ',
        ]),
      ),
    ),
  );
  closeOnLeave(help);
  const panel = element(
    'form',
    { class: 'query', role: 'search' },
    element('div', { class: 'query-box' }, icon('search'), field, bar, failure),
    count,
    order,
    views,
    help,
    sourceLink('panels/query-panel.ts'),
  );

  let base: QueryBase | undefined;
  let orders: readonly RowOrder[] = [];
  let call = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ran = ''; // what was searched for last

  const text = (): string => field.value.trim();
  const chosenOrder = (): RowOrder | undefined => (order.value === '' ? undefined : orders[Number(order.value)]);

  const showFailure = (filter: string, error: unknown): void => {
    const message = messageOf(error);
    const place = placeOfError(filter, message);
    marked.hidden = place === undefined;
    marked.replaceChildren(
      filter.slice(0, place?.start),
      element('mark', { text: filter.slice(place?.start, place?.end) || ' ' }),
      filter.slice(place?.end),
    );
    reason.textContent = withoutFilter(filter, message);
    failure.hidden = false;
    field.setAttribute('aria-invalid', 'true');
    count.textContent = '';
  };

  const hideFailure = (): void => {
    failure.hidden = true;
    field.removeAttribute('aria-invalid');
  };

  const find = async ({ dataset, rows }: QueryBase, filter: string, signal: AbortSignal): Promise<QueryHits> => {
    const all = rows ? dataset.pick(rows) : dataset.view();
    const wanted = chosenOrder();
    const onProgress = ({ done, total }: { done: number; total: number }): void => {
      if (signal.aborted) return;
      bar.value = total === 0 ? 1 : done / total;
      count.textContent = `${Math.round(100 * bar.value)} %`;
    };
    const found = filter === '' ? all : await all.filter(filter, { signal, onProgress });
    const { key = '', descending = false } = wanted ?? {};
    const view = wanted ? await found.sortBy(key, { signal, descending }) : found;
    return { rows: filter === '' && !wanted ? rows : view.indices, view, filter };
  };

  const run = async (isAgain: boolean): Promise<void> => {
    clearTimeout(timer);
    call.abort(new DOMException('Another search began.', 'AbortError'));
    call = new AbortController();
    const { signal } = call;
    const from = base;
    if (!from) return;
    const filter = text();
    const isPlain = filter === '' && order.value === '';
    hideFailure();
    const patience = setTimeout(() => (bar.hidden = signal.aborted), PATIENCE_MILLISECONDS);
    bar.value = 0;
    try {
      const work = (): Promise<QueryHits> => find(from, filter, signal);
      const hits = await (isPlain ? work() : events.measure(`search ${filter}`.trim(), work));
      if (signal.aborted) return;
      ran = `${filter}\n${order.value}`;
      const total = from.rows?.length ?? from.dataset.length;
      count.textContent = filter === '' ? '' : `${formatCount(hits.view.length)} of ${formatNumberOf(total, 'row')}`;
      events.onHits(hits, isAgain);
    } catch (error) {
      if (!signal.aborted) showFailure(filter, error);
    } finally {
      clearTimeout(patience);
      if (!signal.aborted) bar.hidden = true;
    }
  };

  const runIfOther = (): void => {
    if (`${text()}\n${order.value}` !== ran || !failure.hidden) void run(false);
  };

  const showChoices = async (dataset: Dataset): Promise<void> => {
    const facts = await tensorFacts(dataset);
    if (base?.dataset !== dataset) return;
    examples.replaceChildren(
      ...queryExamples(facts).map(({ filter, meaning }) => {
        const use = button(filter, { class: 'query-example' }, () => {
          help.open = false;
          field.value = filter;
          field.focus();
          void run(false);
        });
        return element('li', {}, use, element('span', { text: meaning }));
      }),
    );
    const chosen = chosenOrder()?.text;
    orders = rowOrders(facts);
    order.replaceChildren(
      element('option', { value: '', text: 'As stored' }),
      ...orders.map(({ text: name }, i) => element('option', { value: i, text: name, selected: name === chosen })),
    );
    order.hidden = orders.length === 0;
  };

  field.addEventListener('input', () => {
    clearTimeout(timer);
    call.abort(new DOMException('The filter was changed.', 'AbortError'));
    bar.hidden = true;
    timer = setTimeout(runIfOther, PATIENCE_MILLISECONDS);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || field.value === '') return;
    event.preventDefault();
    field.value = '';
    void run(false);
  });
  order.addEventListener('change', () => void run(false));
  help.addEventListener('toggle', () => {
    if (help.open && base) showChoices(base.dataset).catch((error: unknown) => showFailure('', error));
  });
  panel.addEventListener('submit', (event) => {
    event.preventDefault();
    void run(false);
  });

  return {
    element: panel,
    show(next, filter = '') {
      const isOther = next?.dataset !== base?.dataset;
      base = next;
      if (isOther) orders = [];
      order.value = '';
      field.value = filter;
      count.textContent = '';
      if (next && isOther) showChoices(next.dataset).catch((error: unknown) => showFailure('', error));
      void run(false);
    },
    again: () => run(true),
    focus() {
      field.focus();
      field.select();
    },
  };
}
