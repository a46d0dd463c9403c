/** Saving the dataset as a zip, and how to open it in Python. */
import type { Store } from '../../src/index.js';
import { button, element, setLabel } from '../element.js';
import { formatBytes, formatCount, messageOf } from '../format-text.js';
import { saveZip } from '../save-zip.js';
import { sourceLink } from './source-panel.js';

/** Saves datasets. */
export interface SavePanel {
  readonly element: HTMLDialogElement;
  /**
   * Saves a store under a name and shows how far it is. Must be called while a click is handled.
   * @param prepare - awaited first: stores what is not stored yet.
   */
  save(store: Store, name: string, prepare: () => Promise<void>): Promise<void>;
}

/** Makes the panel; it is in the page but closed. */
export function createSavePanel(): SavePanel {
  const title = element('h2', { id: 'save-title' });
  const detail = element('p', { class: 'panel-lead', role: 'status' });
  const bar = element('progress', { max: 1, 'aria-label': 'Keys written' });
  const program = element('pre', { class: 'program', tabindex: 0 });
  const python = element('div', { hidden: true }, element('h3', { text: 'Open it in Python' }), program);
  const close = button('Cancel', {}, () => dialog.close());
  const dialog = element(
    'dialog',
    { class: 'sheet', id: 'save', 'aria-labelledby': 'save-title' },
    element('header', { class: 'sheet-head' }, title, sourceLink('panels/save-panel.ts')),
    detail,
    bar,
    python,
    element('footer', { class: 'sheet-foot' }, close),
  );
  let controller = new AbortController();
  dialog.addEventListener('close', () => controller.abort(new DOMException('Saving was cancelled.', 'AbortError')));

  return {
    element: dialog,
    async save(store, name, prepare) {
      controller = new AbortController();
      const { signal } = controller;
      title.textContent = `Saving ${name}.zip`;
      detail.textContent = 'Storing the last changes';
      bar.hidden = false;
      bar.removeAttribute('value');
      python.hidden = true;
      setLabel(close, 'Cancel');
      dialog.showModal();
      const start = performance.now();
      let bytes = 0;
      try {
        await prepare();
        const isSaved = await saveZip(store, name, {
          signal,
          onProgress(progress) {
            ({ bytes } = progress);
            bar.value = progress.total ? progress.done / progress.total : 0;
            detail.textContent = `${formatCount(progress.done)} of ${formatCount(progress.total ?? 0)} files · ${formatBytes(bytes)}`;
          },
        });
        if (!isSaved) {
          dialog.close();
          return;
        }
        const seconds = (performance.now() - start) / 1000;
        title.textContent = `${name}.zip is saved`;
        detail.textContent = `${formatBytes(bytes)}, one folder “${name}” inside, ${formatBytes(bytes / seconds)}/s`;
        program.textContent = `# unzip ${name}.zip\n# pip install "deeplake<4"\nimport deeplake\n\nds = deeplake.load("${name}")\nds.summary()`;
        python.hidden = false;
      } catch (error) {
        if (signal.aborted) return;
        title.textContent = `${name}.zip could not be saved`;
        detail.textContent = messageOf(error);
      } finally {
        bar.hidden = true;
        setLabel(close, 'Done');
      }
    },
  };
}
