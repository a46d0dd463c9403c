/** What can be done with the selected rows, while there are such. */
import { button, element } from '../element.js';
import { formatNumberOf } from '../format-text.js';

/** The bar. */
export interface SelectionBar {
  readonly element: HTMLElement;
  /** Shows it for a number of rows; none hides it. */
  show(rows: number): void;
}

/** Makes the bar, hidden. */
export function createSelectionBar(actions: { remove(): void; clear(): void }): SelectionBar {
  const count = element('span', { class: 'selection-count', role: 'status' });
  const bar = element(
    'div',
    { class: 'selection-bar', role: 'toolbar', 'aria-label': 'Selected rows', hidden: true },
    count,
    button('Delete', { icon: 'trash', id: 'delete-selected', title: 'Delete the selected rows (Del)' }, () =>
      actions.remove(),
    ),
    button('Clear', { class: 'quiet', icon: 'close', title: 'Select none (Esc)' }, () => actions.clear()),
  );
  return {
    element: bar,
    show(rows) {
      count.textContent = `${formatNumberOf(rows, 'row')} selected`;
      bar.hidden = rows === 0;
    },
  };
}
