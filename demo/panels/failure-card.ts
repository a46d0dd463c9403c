/** Says why something cannot be shown, and what can be done. */
import { isDatasetError } from '../../src/index.js';
import { button, element } from '../element.js';
import { useFfmpeg } from '../ffmpeg-core.js';
import type { Kind } from '../file-kinds.js';
import { messageOf } from '../format-text.js';

/** A card on the stage. */
export interface FailureCard {
  readonly element: HTMLElement;
  /** Tells a failure. @param kind - of what could not be shown, when that is known. */
  show(error: unknown, kind?: Kind): void;
  hide(): void;
}

/** Makes the card, hidden. */
export function createFailureCard(): FailureCard {
  const text = element('p', {});
  const more = element('p', { class: 'failure-more' });
  const address = element('input', {
    class: 'field',
    name: 'ffmpeg',
    required: true,
    placeholder: 'ffmpeg/',
    'aria-label': 'Folder with ffmpeg-core.js and ffmpeg-core.wasm on this site',
  });
  const form = element(
    'form',
    { class: 'ffmpeg-form', hidden: true },
    address,
    button('Use this folder', { type: 'submit' }, () => {}),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    useFfmpeg(address.value.trim());
  });
  const card = element('div', { class: 'stage-failure', role: 'alert', hidden: true }, text, more, form);
  return {
    element: card,
    show(error, kind) {
      text.textContent = messageOf(error);
      const needsFfmpeg = kind === 'video' && isDatasetError(error, 'unsupported');
      more.textContent = needsFfmpeg
        ? 'This page takes a folder of its own site with the two files of @ffmpeg/core (dist/esm), and loads again with it:'
        : kind === undefined
          ? ''
          : 'The file is kept as it is: it can be downloaded, and Python can read it.';
      form.hidden = !needsFfmpeg;
      card.hidden = false;
    },
    hide() {
      card.hidden = true;
    },
  };
}
