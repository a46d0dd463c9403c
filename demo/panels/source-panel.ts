/** Shows the source of a panel: the page explains itself. */
import { button, element } from '../element.js';

const sources = import.meta.glob<string>(
  ['../*.ts', './*.ts', '../viewers/*.ts', '!../*.test.ts', '!../viewers/*.test.ts', '!../*.d.ts'],
  {
    query: '?raw',
    import: 'default',
  },
);

/** Makes a small button that shows a file of the demo, named as seen from `demo/`. */
export function sourceLink(path: string): HTMLButtonElement {
  const title = `Show the source of this panel, demo/${path}`;
  return button(
    'source',
    { class: 'source-link', icon: 'code', title, 'aria-label': title },
    () => void showSource(path),
  );
}

async function showSource(path: string): Promise<void> {
  const key = path.startsWith('panels/') ? `./${path.slice('panels/'.length)}` : `../${path}`;
  const text = (await sources[key]?.()) ?? 'This file is not part of the page.';
  const close = button('Close', { class: 'quiet', icon: 'close' }, () => dialog.close());
  const dialog = element(
    'dialog',
    { class: 'sheet source-sheet', 'aria-label': `Source of demo/${path}` },
    element('header', { class: 'sheet-head' }, element('h2', { text: `demo/${path}` }), close),
    element('pre', { class: 'source-text', tabindex: 0, text }),
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
