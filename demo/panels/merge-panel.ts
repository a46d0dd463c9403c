/** Merges a branch into the open one; of samples that both have changed, the person says which counts. */
import {
  type Dataset,
  isDatasetError,
  type MergeChoice,
  type MergeConflict,
  type MergeResult,
} from '../../src/index.js';
import { button, element } from '../element.js';
import { formatNumberOf, messageOf } from '../format-text.js';
import { formatValue } from '../format-value.js';

/** What a merge needs. */
export interface MergeCall {
  /** The dataset, with the branch that is merged into open. */
  readonly dataset: Dataset;
  /** The branch that is merged. */
  readonly from: string;
  readonly author: string | undefined;
  /** Opens a branch beside the dataset, for reading. */
  readonly open: (branch: string) => Promise<Dataset>;
}

const MAX_LISTED = 100;

/** Merges, after questions where there are conflicts. @returns undefined when it was cancelled. @throws {DatasetError} */
export async function mergeBranch(call: MergeCall): Promise<MergeResult | undefined> {
  const { dataset, from, author } = call;
  const options = author === undefined ? {} : { author };
  try {
    return await dataset.merge(from, options);
  } catch (error) {
    const conflicts = isDatasetError(error, 'history') ? error.data.conflicts : undefined;
    if (!conflicts) throw error;
    const choices = await askConflicts(call, conflicts);
    if (!choices) return undefined;
    return dataset.merge(from, {
      ...options,
      onConflict: ({ tensor, id }) => choices.get(keyOf({ tensor, id })) ?? choices.get('') ?? 'ours',
    });
  }
}

const keyOf = ({ tensor, id }: Pick<MergeConflict, 'tensor' | 'id'>): string => `${tensor}/${id}`;

/** The choice for each conflict by its key, and that for those that are not listed under an empty one. */
async function askConflicts(
  { dataset, from, open }: MergeCall,
  conflicts: readonly MergeConflict[],
): Promise<ReadonlyMap<string, MergeChoice> | undefined> {
  const other = await open(from);
  try {
    return await ask(dataset, other, from, conflicts);
  } finally {
    await other.close();
  }
}

function ask(
  dataset: Dataset,
  other: Dataset,
  from: string,
  conflicts: readonly MergeConflict[],
): Promise<ReadonlyMap<string, MergeChoice> | undefined> {
  const choices = new Map<string, MergeChoice>([['', 'ours']]);
  const selects: HTMLSelectElement[] = [];
  const names: Readonly<Record<MergeChoice, string>> = { ours: dataset.branch, theirs: from };
  const setAll = (choice: MergeChoice): void => {
    choices.set('', choice);
    for (const conflict of conflicts) choices.set(keyOf(conflict), choice);
    for (const select of selects) select.value = choice;
  };
  const items = conflicts.slice(0, MAX_LISTED).map((conflict) => {
    const { tensor, ours, theirs } = conflict;
    const label = `${tensor}, row ${ours + 1}`;
    const select = element(
      'select',
      { class: 'field', 'aria-label': `${label}: which counts` },
      element('option', { value: 'ours', text: names.ours }),
      element('option', { value: 'theirs', text: names.theirs }),
    );
    select.addEventListener('change', () =>
      choices.set(keyOf(conflict), select.value === 'theirs' ? 'theirs' : 'ours'),
    );
    selects.push(select);
    const values = element('dl', { class: 'conflict-values' });
    void Promise.all([textOf(dataset, tensor, ours), textOf(other, tensor, theirs)]).then(([mine, yours]) =>
      values.append(
        element('dt', { text: names.ours }),
        element('dd', { text: mine }),
        element('dt', { text: names.theirs }),
        element('dd', { text: yours }),
      ),
    );
    return element('li', {}, element('p', { text: label }), select, values);
  });
  const isListed = conflicts.length <= MAX_LISTED ? '' : ` The first ${MAX_LISTED} are listed.`;
  const form = element(
    'form',
    { method: 'dialog' },
    element(
      'div',
      { class: 'conflict-all' },
      button(`All as in ${names.ours}`, { id: 'take-ours' }, () => setAll('ours')),
      button(`All as in ${names.theirs}`, { id: 'take-theirs' }, () => setAll('theirs')),
    ),
    element('ul', { class: 'conflicts', 'aria-label': 'Conflicts' }, ...items),
    element(
      'footer',
      { class: 'sheet-foot' },
      button('Cancel', { class: 'quiet' }, () => dialog.close()),
      button(
        'Merge',
        { class: 'primary', type: 'submit', icon: 'merge', id: 'merge-action', value: 'merge' },
        () => {},
      ),
    ),
  );
  const dialog = element(
    'dialog',
    { class: 'sheet', id: 'merge', 'aria-labelledby': 'merge-title', 'aria-describedby': 'merge-text' },
    element('h2', { id: 'merge-title', text: `Merge ${from} into ${dataset.branch}` }),
    element('p', {
      class: 'panel-lead',
      id: 'merge-text',
      text: `Both branches have changed ${formatNumberOf(conflicts.length, 'sample')}. Which should count?${isListed}`,
    }),
    form,
  );
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'merge' ? choices : undefined);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

async function textOf(dataset: Dataset, tensor: string, row: number): Promise<string> {
  try {
    return formatValue(await dataset.tensor(tensor).at(row));
  } catch (error) {
    return messageOf(error);
  }
}
