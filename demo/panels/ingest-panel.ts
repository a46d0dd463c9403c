/** Progress of an ingest: rows, speed, what was skipped, and a way to stop it. */
import { button, element } from '../element.js';
import { formatBytes, formatMilliseconds, formatNumberOf, messageOf } from '../format-text.js';
import type { IngestProgress, IngestReport, SkippedFile } from '../ingest.js';
import { sourceLink } from './source-panel.js';

/** Shows one ingest after another. */
export interface IngestPanel {
  readonly element: HTMLElement;
  /**
   * Runs an ingest and shows it until it is done, and longer when files were skipped.
   * @returns undefined when it failed as a whole, which the panel tells.
   */
  run(total: number, work: (call: IngestCall) => Promise<IngestReport>): Promise<IngestReport | undefined>;
}

/** What an ingest gets from the panel. */
export interface IngestCall {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: IngestProgress) => void;
  readonly onSkip: (file: SkippedFile) => void;
}

const HIDE_MILLISECONDS = 4000;

/** Makes the panel, hidden until there is something to show. */
export function createIngestPanel(): IngestPanel {
  const title = element('h2', { class: 'ingest-title' });
  const detail = element('p', { class: 'ingest-detail' });
  const bar = element('progress', { class: 'ingest-bar', max: 1, value: 0, 'aria-label': 'Files added' });
  const skipped = element('ul', { class: 'skipped' });
  const skippedBox = element(
    'details',
    { class: 'skipped-box', open: true, hidden: true },
    element('summary', { class: 'skipped-title' }),
    skipped,
  );
  const skippedTitle = skippedBox.querySelector('summary');
  const stop = button('Cancel', { id: 'cancel-ingest', icon: 'close' }, () => controller.abort());
  const dismiss = button('Close', { class: 'quiet', icon: 'close', hidden: true }, () => {
    panel.hidden = true;
  });
  const panel = element(
    'section',
    { class: 'ingest', role: 'status', hidden: true },
    element(
      'div',
      { class: 'ingest-row' },
      element('div', { class: 'ingest-text' }, title, detail),
      stop,
      dismiss,
      sourceLink('panels/ingest-panel.ts'),
    ),
    bar,
    skippedBox,
  );
  let controller = new AbortController();
  let hiding: ReturnType<typeof setTimeout> | undefined;

  const finish = (): void => {
    stop.hidden = true;
    dismiss.hidden = false;
  };

  return {
    element: panel,
    async run(total, work) {
      clearTimeout(hiding);
      controller = new AbortController();
      const { signal } = controller;
      const start = performance.now();
      let skips = 0;
      skipped.replaceChildren();
      skippedBox.hidden = true;
      title.textContent = `Adding ${formatNumberOf(total, 'file')}…`;
      detail.textContent = 'Reading the first files';
      bar.value = 0;
      bar.classList.remove('stopped');
      stop.hidden = false;
      dismiss.hidden = true;
      panel.hidden = false;
      const onProgress = ({ done, rows, bytes }: IngestProgress): void => {
        const seconds = (performance.now() - start) / 1000;
        bar.value = total === 0 ? 1 : done / total;
        title.textContent = `Adding files: ${rows.toLocaleString('en')} of ${formatNumberOf(total, 'row')}`;
        detail.textContent = `${formatBytes(bytes)} · ${formatBytes(bytes / Math.max(seconds, 0.001))}/s`;
      };
      const onSkip = ({ name, message }: SkippedFile): void => {
        skips++;
        skipped.append(element('li', {}, element('strong', { text: name }), element('span', { text: message })));
        skippedBox.hidden = false;
        if (skippedTitle) skippedTitle.textContent = `${formatNumberOf(skips, 'file')} could not be added`;
      };
      try {
        const report = await work({ signal, onProgress, onSkip });
        const time = performance.now() - start;
        const what = formatNumberOf(report.rows, 'file');
        title.textContent = report.isStopped ? `Stopped: ${what} of ${total} are in the dataset` : `Added ${what}`;
        detail.textContent = `${formatBytes(report.bytes)} in ${formatMilliseconds(time)} · ${formatBytes((report.bytes / time) * 1000)}/s`;
        bar.value = report.isStopped ? bar.value : 1;
        if (!report.isStopped && skips === 0) hiding = setTimeout(() => (panel.hidden = true), HIDE_MILLISECONDS);
        return report;
      } catch (error) {
        title.textContent = 'The files could not be added';
        detail.textContent = messageOf(error);
        bar.classList.add('stopped');
        console.error(error);
        return undefined;
      } finally {
        finish();
      }
    },
  };
}
