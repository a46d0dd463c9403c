/** The rows of any dataset as text: what each tensor holds, or why it cannot be read. */
import { isDatasetError } from '../../src/index.js';
import { button, element } from '../element.js';
import { kindOf } from '../file-kinds.js';
import { formatNumberOf, messageOf } from '../format-text.js';
import { formatValue } from '../format-value.js';
import { isShowable, type RowSource } from '../row-source.js';
import { sourceLink } from './source-panel.js';

/** What the table tells. */
export interface TableEvents {
  /** A sample that has a viewer is to be shown. @param place - of its row among those of the source */
  onOpen(place: number, tensor: string): void;
}

/** Shows rows. */
export interface TablePanel {
  readonly element: HTMLElement;
  /** Shows the first rows of a source, row by row as they are read; undefined shows none. */
  show(source: RowSource | undefined): void;
}

const MAX_ROWS = 200;

/** Makes the panel. */
export function createTablePanel({ onOpen }: TableEvents): TablePanel {
  const head = element('tr');
  const body = element('tbody');
  const note = element('p', { class: 'panel-lead', role: 'status' });
  const panel = element(
    'section',
    { class: 'rows-panel', 'aria-label': 'Rows' },
    element('header', { class: 'panel-head' }, note, sourceLink('panels/table-panel.ts')),
    element(
      'div',
      { class: 'rows-scroll', tabindex: 0 },
      element('table', { class: 'rows-table' }, element('thead', {}, head), body),
    ),
  );
  let call = new AbortController();

  const fill = async (source: RowSource, signal: AbortSignal): Promise<void> => {
    const { dataset } = source;
    const tensors = dataset.tensors.map((name) => dataset.tensor(name));
    const rows = source.isPart ? source.length : Math.max(0, ...tensors.map(({ length }) => length));
    const shown = Math.min(rows, MAX_ROWS);
    note.textContent =
      rows > shown ? `The first ${shown} of ${formatNumberOf(rows, 'row')}` : formatNumberOf(rows, 'row');
    if (tensors.length === 0) note.textContent = 'This dataset has no tensors.';
    head.replaceChildren(
      element('th', { scope: 'col', text: '#' }),
      ...tensors.map(({ name, htype }) =>
        element('th', { scope: 'col' }, element('span', { text: name }), element('small', { text: htype })),
      ),
    );
    // A tensor of a kind that cannot be read yet says so once, not in every row.
    const unreadable = new Set<string>();
    for (let place = 0; place < shown; place++) {
      const row = source.rowAt(place);
      const cells = await Promise.all(
        tensors.map(async (tensor) => {
          if (row >= tensor.length || unreadable.has(tensor.name))
            return element('td', { class: 'missing', text: '—' });
          try {
            const value: unknown = await tensor.at(row, { signal });
            const text = formatValue(value);
            if (kindOf(tensor.htype) === undefined || !isShowable(value)) return element('td', { text });
            return element(
              'td',
              {},
              button(text, { class: 'link' }, () => onOpen(place, tensor.name)),
            );
          } catch (error) {
            if (isDatasetError(error, 'unsupported')) unreadable.add(tensor.name);
            const lead = isDatasetError(error, 'unsupported') ? 'Cannot be read yet. ' : 'Cannot be read. ';
            return element('td', { class: 'unreadable', text: lead + messageOf(error) });
          }
        }),
      );
      if (signal.aborted) return;
      body.append(element('tr', {}, element('th', { scope: 'row', text: String(row) }), ...cells));
    }
  };

  return {
    element: panel,
    show(source) {
      call.abort();
      call = new AbortController();
      head.replaceChildren();
      body.replaceChildren();
      if (!source) return;
      fill(source, call.signal).catch((error: unknown) => {
        note.textContent = messageOf(error);
      });
    },
  };
}
