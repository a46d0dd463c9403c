/** The labels of a picture: class names with number keys, and a field that finds or adds one. */
import { button, element } from '../element.js';
import { hueClass } from './grid-cell.js';

/** Shows and toggles labels. */
export interface LabelPanel {
  readonly element: HTMLElement;
  /** Shows all class names, and which of them the picture has. */
  show(names: readonly string[], chosen: readonly string[], canEdit: boolean): void;
  /** Toggles the label of a number key, 1 to 9. Does nothing when there is no such label. */
  toggleKey(key: number): void;
  /** Puts the cursor into the field. */
  focusField(): void;
}

/** Makes the panel. @param onChange - gets all labels of the picture, and which one was added or taken away. */
export function createLabelPanel(onChange: (chosen: readonly string[], changed: string) => void): LabelPanel {
  const list = element('ul', { class: 'label-list', 'aria-label': 'Labels' });
  const field = element('input', {
    class: 'field',
    id: 'label-field',
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 60,
    placeholder: 'Find or add a label',
    'aria-label': 'Find or add a label',
    'aria-controls': 'label-list',
  });
  list.id = 'label-list';
  const hint = element('p', { class: 'field-hint', 'aria-live': 'polite' });
  let names: readonly string[] = [];
  let chosen: readonly string[] = [];
  let canEdit = false;

  const toggle = (name: string): void => {
    if (!canEdit) return;
    if (!names.includes(name)) names = [...names, name];
    chosen = chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name];
    field.value = '';
    render();
    onChange(chosen, name);
  };

  const wanted = (): string => field.value.trim();

  const matches = (): readonly string[] => {
    const text = wanted().toLowerCase();
    return text === '' ? names : names.filter((name) => name.toLowerCase().includes(text));
  };

  const render = (): void => {
    const text = wanted();
    const found = matches();
    list.replaceChildren(...found.map((name) => element('li', {}, labelButton(name, names.indexOf(name)))));
    const isNew = text !== '' && !names.some((name) => name.toLowerCase() === text.toLowerCase());
    if (isNew && found.length === 0) hint.textContent = `Enter adds “${text}”`;
    else if (text !== '')
      hint.textContent = `Enter toggles “${found[0] ?? text}”${isNew ? `, Shift+Enter adds “${text}”` : ''}`;
    else hint.textContent = names.length === 0 && canEdit ? 'No labels yet: type a name and press Enter.' : '';
    field.hidden = !canEdit;
  };

  const labelButton = (name: string, number: number): HTMLButtonElement => {
    const isOn = chosen.includes(name);
    const made = button(
      name,
      { class: `label-button ${hueClass(number)}`, 'aria-pressed': String(isOn), disabled: !canEdit },
      () => {
        toggle(name);
        focusButton(name); // the list was drawn anew
      },
    );
    made.dataset.name = name;
    made.prepend(element('span', { class: 'dot', 'aria-hidden': 'true' }));
    if (canEdit && number < 9) made.append(element('kbd', { text: String(number + 1), 'aria-hidden': 'true' }));
    return made;
  };

  const focusButton = (name: string): void => {
    for (const made of list.querySelectorAll('button'))
      if (made.dataset.name === name) made.focus({ preventScroll: true });
  };

  field.addEventListener('input', render);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      const text = wanted();
      const exact = names.find((name) => name.toLowerCase() === text.toLowerCase());
      const name = event.shiftKey ? (exact ?? text) : (exact ?? matches()[0] ?? text);
      if (text !== '') toggle(name);
    } else if (event.key === 'Escape') {
      if (field.value === '') return; // the large view takes the focus back
      field.value = '';
      render();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    element: element('div', { class: 'labels' }, field, list, hint),
    show(allNames, chosenNames, editable) {
      names = allNames;
      chosen = chosenNames;
      canEdit = editable;
      field.value = '';
      render();
    },
    toggleKey(key) {
      const name = names[key - 1];
      if (name !== undefined) toggle(name);
    },
    focusField() {
      field.focus();
    },
  };
}
