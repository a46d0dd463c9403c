/** What a commit changed, as a picture: a strip over the rows of each tensor, and some of the rows before and after. */
import type { CommitChanges, Dataset, TensorChanges } from '../../src/index.js';
import { type ChangeKind, changedRows, columnsOf, describeChanges, describeRows, planStrip } from '../change-strip.js';
import { button, drawing, element } from '../element.js';
import { formatNumberOf } from '../format-text.js';
import { createRowChange, type OpenRow, type RowSides } from './row-change.js';

const COLUMNS = 148;
const FIRST_ROWS = 4;
const MORE_ROWS = 12;
const kinds: readonly ChangeKind[] = ['added', 'updated', 'removed'];

/** Makes the picture of changes; pictures of rows stop loading with the signal. */
export function createChangePicture(
  changes: CommitChanges,
  sides: RowSides,
  onOpen: OpenRow,
  signal: AbortSignal,
): HTMLElement {
  const { before } = sides;
  const tensors = Object.entries(changes.tensors);
  const notes = [
    ...Object.entries(changes.renamed).map(([from, to]) => `${from} is now ${to}`),
    ...changes.deleted.map((name) => `${name} was deleted`),
    ...(changes.infoUpdated ? ['info of the dataset updated'] : []),
  ];
  const rows = changedRows(changes, before?.length ?? 0);
  const picture = element('div', { class: 'changes' });
  if (tensors.length + notes.length === 0) picture.append(element('p', { class: 'panel-lead', text: 'No changes.' }));
  if (tensors.length > 0) {
    picture.append(
      legend(),
      element('ul', { class: 'strips' }, ...tensors.map(([name, one]) => tensorStrip(name, one, before))),
    );
  }
  if (notes.length > 0)
    picture.append(element('ul', { class: 'change-notes' }, ...notes.map((text) => element('li', { text }))));
  if (rows.length > 0) picture.append(rowList());
  return picture;

  function rowList(): HTMLElement {
    const list = element('ul', { class: 'row-changes', 'aria-label': 'Changed rows' });
    let shown = 0;
    const more = button('', { class: 'link' }, () => show(MORE_ROWS));
    const show = (count: number): void => {
      const next = rows.slice(shown, shown + count);
      list.append(...next.map((row) => createRowChange(row, sides, onOpen, signal)));
      shown += next.length;
      more.hidden = shown >= rows.length;
      more.textContent = `Show more: ${formatNumberOf(rows.length - shown, 'changed row')}`;
    };
    show(FIRST_ROWS);
    return element('div', {}, list, more);
  }
}

function legend(): HTMLElement {
  return element(
    'p',
    { class: 'strip-legend', 'aria-hidden': 'true' },
    ...kinds.map((kind) => element('span', { class: `strip-key ${kind}`, text: kind })),
  );
}

function tensorStrip(name: string, changes: TensorChanges, before: Dataset | undefined): HTMLElement {
  const old = before?.tensors.includes(name) ? before.tensor(name).length : 0;
  const strip = planStrip(changes, old);
  const width = Math.max(1, Math.min(COLUMNS, strip.length));
  const text = describeChanges(changes);
  const parts = columnsOf(strip, width).map(({ kind, start, end }) =>
    drawing('rect', { class: kind, x: start, y: 0, width: end - start, height: 1 }),
  );
  const { added, updated, removed } = changes;
  const added0 = Array.from({ length: Math.min(added[1] - added[0], 10_000) }, (_, i) => added[0] + i);
  const spoken = [
    [updated, 'updated'],
    [added0, 'added'],
    [removed, 'removed'],
  ] as const;
  const details = spoken.flatMap(([rows, what]) => (rows.length > 0 ? [`rows ${describeRows(rows)} ${what}`] : []));
  const field = {
    class: 'strip',
    viewBox: `0 0 ${width} 1`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `${name}: ${details.join('; ') || text}`,
  };
  const title = drawing('title', {});
  title.textContent = details.join('; ') || text;
  return element(
    'li',
    {},
    element('span', { class: 'strip-name', text: name }),
    element('span', { class: 'strip-text', text }),
    drawing('svg', field, title, ...parts),
  );
}
