/** Chooses between the samples of a row, where several tensors have one that can be shown. */
import { element } from '../element.js';
import type { Shown } from '../row-source.js';

/** A list of tensors. */
export interface TensorPicker {
  readonly element: HTMLElement;
  /** Shows the choice; hidden where there is none. */
  show(all: readonly Shown[], chosen: Shown | undefined): void;
}

/** Makes the list. @param onPick - told the name that was chosen. */
export function createTensorPicker(onPick: (name: string) => void): TensorPicker {
  const list = element('select', { class: 'field', id: 'tensor-picker' });
  const box = element(
    'div',
    { class: 'tensor-picker', hidden: true },
    element('label', { for: 'tensor-picker', text: 'Tensor' }),
    list,
  );
  list.addEventListener('change', () => onPick(list.value));
  return {
    element: box,
    show(all, chosen) {
      box.hidden = all.length < 2;
      list.replaceChildren(...all.map(({ name }) => element('option', { value: name, text: name })));
      if (chosen) list.value = chosen.name;
    },
  };
}
