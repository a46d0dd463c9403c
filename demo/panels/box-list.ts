/** The boxes of a picture as a list, so that each can be reached by keyboard. */

import type { PixelBox } from '../box-geometry.js';
import { button, element } from '../element.js';

/** Shows the boxes that the canvas shows. */
export interface BoxList {
  readonly element: HTMLElement;
  show(boxes: readonly PixelBox[], selected: number, canEdit: boolean): void;
}

/** What the list asks for. */
export interface BoxListActions {
  select(index: number): void;
  remove(index: number): void;
  add(): void;
}

/** Makes the list. */
export function createBoxList(actions: BoxListActions): BoxList {
  const list = element('ol', { class: 'box-list', 'aria-label': 'Boxes' });
  const add = button('Add a box', { class: 'quiet', icon: 'add', title: 'Adds a box in the middle (B)' }, () =>
    actions.add(),
  );
  const hint = element('p', { class: 'field-hint' });
  return {
    element: element('div', { class: 'boxes' }, list, hint, add),
    show(boxes, selected, canEdit) {
      const focused = list.contains(document.activeElement);
      list.replaceChildren(
        ...boxes.map(([left, top, width, height], index) => {
          const name = `${round(width)} × ${round(height)} at ${round(left)}, ${round(top)}`;
          const pick = button(name, { class: 'box-button', 'aria-pressed': String(index === selected) }, () =>
            actions.select(index),
          );
          pick.prepend(element('span', { class: 'box-tag', text: String(index + 1) }));
          const label = `Delete box ${index + 1}`;
          const remove = button(label, { class: 'quiet icon-only', icon: 'trash', title: label }, () =>
            actions.remove(index),
          );
          return element('li', {}, pick, canEdit && remove);
        }),
      );
      hint.textContent = canEdit ? 'Drag on the photo to draw one.' : 'None.';
      hint.hidden = boxes.length > 0;
      add.hidden = !canEdit;
      if (focused) list.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus({ preventScroll: true });
    },
  };
}

const round = (value: number): string => String(Math.round(value * 10) / 10);
