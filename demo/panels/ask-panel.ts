/** Asks for a name, or for one of several, in a dialog of its own. */
import { button, element } from '../element.js';

/** What is asked for. */
export interface TextQuestion {
  readonly title: string;
  readonly text: string;
  /** What the field holds. */
  readonly label: string;
  /** The words on the button that does it. */
  readonly action: string;
  /** The answers to choose from; without them it is typed. */
  readonly choices?: readonly string[];
  /** Says what is wrong with an answer; an empty text when nothing is. */
  readonly check?: (answer: string) => string;
}

/** Asks, and resolves with what was typed or chosen, or with undefined when the dialog is closed in any other way. */
export function askText(question: TextQuestion): Promise<string | undefined> {
  const { title, text, label, action, choices, check } = question;
  const basics = { class: 'field', id: 'ask-field', required: true };
  const field = choices
    ? element('select', basics, ...choices.map((choice) => element('option', { text: choice })))
    : element('input', { ...basics, maxlength: 80, autocomplete: 'off', spellcheck: 'false' });
  const form = element(
    'form',
    { method: 'dialog' },
    element('label', { for: 'ask-field', class: 'ask-label', text: label }),
    field,
    element(
      'footer',
      { class: 'sheet-foot' },
      button('Cancel', { class: 'quiet' }, () => dialog.close()),
      button(action, { class: 'primary', type: 'submit', id: 'ask-action' }, () => {}),
    ),
  );
  const dialog = element(
    'dialog',
    { class: 'sheet', 'aria-labelledby': 'ask-title', 'aria-describedby': 'ask-text' },
    element('h2', { id: 'ask-title', text: title }),
    element('p', { class: 'panel-lead', id: 'ask-text', text }),
    form,
  );
  field.addEventListener('input', () => field.setCustomValidity(check?.(field.value.trim()) ?? ''));
  let answer: string | undefined;
  form.addEventListener('submit', () => {
    answer = field.value.trim();
  });
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer || undefined);
    });
    document.body.append(dialog);
    dialog.showModal();
    field.focus();
  });
}
