/** What changes the rows of the own dataset, each as one step that can be undone. */
import { formatNumberOf } from './format-text.js';
import { type IngestReport, ingestFiles } from './ingest.js';
import type { Operations } from './operations.js';
import { confirmDeletion } from './panels/confirm-panel.js';
import type { IngestPanel } from './panels/ingest-panel.js';
import type { PhotoDataset } from './photo-dataset.js';
import type { UndoSteps } from './undo-steps.js';

/** What the actions work on. */
export interface OwnRows {
  readonly dataset: PhotoDataset;
  readonly operations: Operations;
  readonly steps: UndoSteps;
}

const MANY_ROWS = 20; // above it a person is asked, although it can be undone

/** Adds files, and class names to an empty dataset. @returns undefined when it failed as a whole, which the panel tells */
export function importFiles(
  { dataset, operations, steps }: OwnRows,
  files: readonly File[],
  classNames: readonly string[],
  panel: IngestPanel,
  onGrowth: () => void,
): Promise<IngestReport | undefined> {
  const what = formatNumberOf(files.length, 'file');
  return steps.group(`Add ${what}`, async () => {
    if (classNames.length > 0 && dataset.length === 0)
      await dataset.tensor('labels').info.update({ class_names: [...classNames] });
    return panel.run(files.length, ({ signal, onProgress, onSkip }) =>
      operations.run(`add ${what}`, () =>
        ingestFiles(dataset, files, {
          signal,
          onSkip,
          onProgress(progress) {
            onProgress(progress);
            onGrowth();
          },
        }),
      ),
    );
  });
}

/** Deletes rows, after a question when they are many or cannot come back. @returns the name of the step, unless it was cancelled */
export async function deleteRows(
  { dataset, operations, steps }: OwnRows,
  rows: readonly number[],
): Promise<string | undefined> {
  const what = rows.length === 1 ? `row ${(rows[0] ?? 0) + 1}` : formatNumberOf(rows.length, 'row');
  if (rows.length > MANY_ROWS || !steps.isOn) {
    const hope = steps.isOn ? ' It can be undone until the next commit.' : '';
    const text = `Files, labels and boxes of ${what} are deleted.${hope}`;
    if (!(await confirmDeletion({ title: `Delete ${what}?`, text, action: `Delete ${what}` }))) return undefined;
  }
  const name = `Delete ${what}`;
  await operations.run('delete', () => steps.group(name, () => dataset.pop(rows)));
  return name;
}

/** Asks before the dataset is deleted. */
export function confirmStartOver(rows: number): Promise<boolean> {
  return confirmDeletion({
    title: 'Start a new dataset?',
    text: `This deletes ${formatNumberOf(rows, 'file')} with labels, boxes and history from this browser. Save a zip first if you want to keep them.`,
    action: `Delete ${formatNumberOf(rows, 'file')}`,
  });
}
