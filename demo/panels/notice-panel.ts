/** Messages that must not be missed, and spoken ones for screen readers. */
import { button, element, required } from '../element.js';
import { messageOf } from '../format-text.js';

/** Shows messages at the foot of the page. */
export interface NoticePanel {
  /** Shows what failed until it is closed. */
  error(error: unknown): void;
  /** Shows a short confirmation that goes away by itself, with a button where there is something to do. */
  tell(text: string, action?: NoticeAction): void;
  /** Speaks without showing. */
  announce(text: string): void;
}

/** What can be done about a notice. */
export interface NoticeAction {
  readonly label: string;
  act(): void;
}

const SHOWN_MILLISECONDS = 5000;

/** Makes the panel in the elements that the page has for it. */
export function createNoticePanel(): NoticePanel {
  const list = required('#notices', HTMLElement);
  const voice = required('#voice', HTMLElement);
  const show = (text: string, kind: 'error' | 'info'): HTMLElement => {
    const notice = element(
      'div',
      { class: `notice ${kind}`, role: kind === 'error' ? 'alert' : 'status' },
      element('p', { text }),
      button('Dismiss', { class: 'quiet icon-only', icon: 'close' }, () => notice.remove()),
    );
    list.append(notice);
    raise();
    return notice;
  };
  /** Nothing outside of a modal dialog is seen or heard: the messages go into the one that is open. */
  const raise = (): void => {
    const dialog = [...document.querySelectorAll<HTMLDialogElement>('dialog[open]')].at(-1);
    if (!dialog || dialog.contains(list)) return;
    dialog.append(list, voice);
    dialog.addEventListener('close', () => document.body.append(list, voice), { once: true });
  };
  return {
    error(error) {
      const text = messageOf(error);
      // The same failure of many cells is one message.
      const shown = [...list.querySelectorAll('.notice.error > p')].some((p) => p.textContent === text);
      if (!shown) show(text, 'error');
      console.error(error);
    },
    tell(text, action) {
      const notice = show(text, 'info');
      if (action) {
        const press = button(action.label, { class: 'quiet' }, () => {
          notice.remove();
          action.act();
        });
        notice.lastElementChild?.before(press);
      }
      setTimeout(() => notice.remove(), SHOWN_MILLISECONDS);
    },
    announce(text) {
      raise();
      voice.textContent = text;
    },
  };
}
