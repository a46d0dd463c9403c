/** The branches of a dataset: which one is open, and what can be done with them. */
import { button, element } from '../element.js';

/** What the row asks for. */
export interface BranchEvents {
  switchBranch(name: string): void;
  /** Another branch of a dataset that cannot be edited is to be opened. */
  switchGuest(name: string): void;
  /** A branch is to begin at the open state. */
  createBranch(): void;
  /** Another branch is to be merged into the open one. */
  mergeBranch(): void;
  deleteBranch(): void;
}

/** A list of branches with buttons. */
export interface BranchRow {
  readonly element: HTMLElement;
  show(branches: readonly string[], open: string, canEdit: boolean): void;
}

/** Makes the row. */
export function createBranchRow(events: BranchEvents): BranchRow {
  const list = element('select', { class: 'field', id: 'branch' });
  const tool = (label: string, icon: string, id: string, act: () => void): HTMLButtonElement =>
    button(label, { class: 'icon-only', icon, id, title: label }, act);
  const create = tool('New branch', 'add', 'create-branch', () => events.createBranch());
  const merge = tool('Merge a branch into this one', 'merge', 'merge-branch', () => events.mergeBranch());
  const remove = tool('Delete a branch', 'trash', 'delete-branch', () => events.deleteBranch());
  let shown = '';
  let isOwn = false;
  list.addEventListener('change', () => (isOwn ? events.switchBranch(list.value) : events.switchGuest(list.value)));
  return {
    element: element(
      'div',
      { class: 'branch-row' },
      element('label', { for: 'branch', text: 'Branch' }),
      list,
      create,
      merge,
      remove,
    ),
    show(branches, open, canEdit) {
      isOwn = canEdit;
      for (const each of [create, merge, remove]) each.hidden = !canEdit;
      merge.disabled = branches.length < 2;
      remove.disabled = !branches.some((name) => name !== open && name !== 'main');
      const mainFirst = [...branches].sort((a, b) => Number(b === 'main') - Number(a === 'main'));
      const next = mainFirst.join('\n');
      if (next !== shown)
        list.replaceChildren(...mainFirst.map((name) => element('option', { value: name, text: name })));
      shown = next;
      list.value = open; // also after a switch that failed
    },
  };
}
