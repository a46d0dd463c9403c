/** Makes a commit of the changes, or throws them away. */
import { button, element } from '../element.js';

/** What the form asks for. */
export interface CommitEvents {
  /** @param author - undefined when the field is empty */
  commit(message: string, author: string | undefined): Promise<void>;
  discard(): void;
}

/** The form. */
export interface CommitForm {
  readonly element: HTMLElement;
  /** Who was named as the author last, in this page. */
  readonly author: string | undefined;
  show(canCommit: boolean): void;
}

/** Makes the form. */
export function createCommitForm(events: CommitEvents): CommitForm {
  const message = element('input', {
    class: 'field',
    id: 'commit-message',
    required: true,
    maxlength: 200,
    autocomplete: 'off',
    placeholder: 'What was changed?',
    'aria-label': 'Message of the commit',
  });
  const author = element('input', {
    class: 'field',
    id: 'commit-author',
    maxlength: 80,
    autocomplete: 'name',
    placeholder: 'Author',
    'aria-label': 'Author of the commit',
  });
  const save = button('Commit', { class: 'primary', type: 'submit', icon: 'check', id: 'commit' }, () => {});
  const discard = button('Discard', { icon: 'trash', id: 'discard', title: 'Discard all changes' }, () =>
    events.discard(),
  );
  const form = element(
    'form',
    { class: 'commit-form' },
    message,
    author,
    element('div', { class: 'commit-row' }, discard, save),
  );
  const name = (): string | undefined => author.value.trim() || undefined;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void events.commit(message.value.trim(), name()).then(() => {
      message.value = '';
    });
  });
  return {
    element: form,
    get author() {
      return name();
    },
    show(canCommit) {
      for (const each of [save, discard]) each.disabled = !canCommit;
    },
  };
}
