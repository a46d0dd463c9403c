/** What a dataset is made of: a table of its tensors, and the summary as Python prints it. */
import type { Dataset } from '../../src/index.js';
import { element } from '../element.js';
import { formatCount, formatNumberOf } from '../format-text.js';
import { sourceLink } from './source-panel.js';

/** Shows the tensors of a dataset. */
export interface SummaryPanel {
  readonly element: HTMLElement;
  /** Shows a dataset as it is now. */
  show(dataset: Dataset): void;
}

/** Makes the panel. */
export function createSummaryPanel(): SummaryPanel {
  const body = element('tbody', { class: 'tensors-body' });
  const table = element(
    'table',
    { class: 'tensors' },
    element(
      'thead',
      { class: 'tensors-head' },
      element('tr', {}, ...['Tensor', 'Shape'].map((text) => element('th', { scope: 'col', text }))),
    ),
    body,
  );
  const lead = element('p', { class: 'panel-lead' });
  const text = element('pre', { class: 'summary-text', tabindex: 0, 'aria-label': 'Summary as Python prints it' });
  const panel = element(
    'section',
    { class: 'panel', id: 'summary' },
    element(
      'header',
      { class: 'panel-head' },
      element('h2', { text: 'Dataset' }),
      sourceLink('panels/summary-panel.ts'),
    ),
    lead,
    element('div', { class: 'table-scroll' }, table),
    element(
      'details',
      { class: 'summary-details' },
      element('summary', {}, element('code', { text: 'ds.summary()' })),
      text,
    ),
  );
  let shown = '';
  return {
    element: panel,
    async show(dataset) {
      const summary = await dataset.summary();
      if (summary === shown) return; // a selection in the table stays
      shown = summary;
      text.textContent = summary;
      lead.textContent = `${formatNumberOf(dataset.length, 'row')} · ${formatNumberOf(dataset.tensors.length, 'tensor')} · branch ${dataset.branch}`;
      body.replaceChildren(...dataset.tensors.map((name) => tensorRow(dataset, name)));
    },
  };
}

function tensorRow(dataset: Dataset, name: string): HTMLElement {
  const tensor = dataset.tensor(name);
  const compression = tensor.sampleCompression ?? tensor.chunkCompression;
  const isText = tensor.dtype !== null && /^[A-Z]/.test(tensor.dtype); // a JSON schema, as text-like tensors have
  const facts = [isText ? 'str' : tensor.dtype, compression].filter((fact) => fact !== null).join(' · ');
  const { lower, upper } = tensor.shapeInterval;
  const shape = lower.map((low, axis) =>
    low === upper[axis] ? formatCount(low) : `${formatCount(low)}–${formatCount(upper[axis] ?? low)}`,
  );
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      element('span', { text: name }),
      element('span', { class: 'tensor-facts', text: tensor.htype }),
    ),
    element(
      'td',
      {},
      element('span', { text: shape.join(' × ') }),
      element('span', { class: 'tensor-facts', text: facts || '–' }),
    ),
  );
}
