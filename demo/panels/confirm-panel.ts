/** Asks before something is deleted. */
import { button, element } from '../element.js';

/** A question with two answers. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** The words on the button that does it. */
  readonly action: string;
}

/** Asks in a dialog of its own. Resolves with false when it is closed in any other way than by its action. */
export function confirmDeletion({ title, text, action }: Question): Promise<boolean> {
  const cancel = button('Keep it', { class: 'quiet', autofocus: true }, () => dialog.close());
  const confirm = button(action, { class: 'danger', icon: 'trash', id: 'confirm-action' }, () => dialog.close('yes'));
  const dialog = element(
    'dialog',
    { class: 'sheet', role: 'alertdialog', 'aria-labelledby': 'confirm-title', 'aria-describedby': 'confirm-text' },
    element('h2', { id: 'confirm-title', text: title }),
    element('p', { class: 'panel-lead', id: 'confirm-text', text }),
    element('footer', { class: 'sheet-foot' }, cancel, confirm),
  );
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
