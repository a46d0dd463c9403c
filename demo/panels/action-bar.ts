/** The head of the page: which dataset is open, and what can be done with it. */
import { button, element, required, setLabel } from '../element.js';
import { formatNumberOf } from '../format-text.js';
import { closeOnLeave } from './menu.js';

/** What the bar shows. */
export interface BarState {
  /** Name of the dataset; undefined when none is open. */
  readonly name: string | undefined;
  readonly rows: number;
  /** Whether it is a dataset of somebody else. */
  readonly isGuest: boolean;
  /** Whether another tab writes to it. */
  readonly isLocked: boolean;
  /** Whether files are being added. */
  readonly isBusy: boolean;
  /** An earlier state, or saved rows, that are looked at; undefined for the state of now. */
  readonly past: PastState | undefined;
  /** Names of the steps that can be undone and redone. */
  readonly undo: string | undefined;
  readonly redo: string | undefined;
  /** Which of the two views is shown; undefined when there is only one. */
  readonly views: 'photos' | 'table' | undefined;
}

/** What is looked at besides the state of now. */
export interface PastState {
  /** What it is, as a sentence. */
  readonly text: string;
  /** The words on the button that leaves it. */
  readonly back: string;
  /** Whether a branch can begin there, and it can be restored. */
  readonly canBranch: boolean;
}

/** What the buttons do. */
export interface BarActions {
  undo(): void;
  redo(): void;
  leavePast(): void;
  branchFromPast(): void;
  restorePast(): void;
  addPhotos(): void;
  saveZip(): void;
  openArchive(): void;
  openFolder(): void;
  startOver(): void;
  leaveGuest(): void;
  showTable(wanted: boolean): void;
  toggleSide(): void;
  reload(): void;
}

/** Makes the bar in the elements that the page has for it. */
export function createActionBar(actions: BarActions): { show(state: BarState): void } {
  const context = required('#context', HTMLElement);
  const nav = required('#actions', HTMLElement);
  const banner = required('#banner', HTMLElement);
  const name = element('span', { class: 'dataset-name' });
  const rows = element('span', { class: 'dataset-rows', id: 'row-count' });
  context.append(name, rows);

  const asPhotos = button('Gallery', { icon: 'image' }, () => actions.showTable(false));
  const asTable = button('Table', { icon: 'table' }, () => actions.showTable(true));
  const views = element('div', { class: 'views', role: 'group', 'aria-label': 'View' }, asPhotos, asTable);
  const back = button('Back to my files', { class: 'primary', icon: 'back', id: 'leave-guest' }, () =>
    actions.leaveGuest(),
  );
  const undo = button('Undo', { class: 'icon-only', icon: 'undo', id: 'undo' }, () => actions.undo());
  const redo = button('Redo', { class: 'icon-only', icon: 'redo', id: 'redo' }, () => actions.redo());
  const add = button('Add files', { class: 'primary', icon: 'add', id: 'add-photos' }, () => actions.addPhotos());
  const save = button('Save as zip', { icon: 'archive', id: 'save-zip' }, () => actions.saveZip());
  const open = openMenu(actions);
  const reset = button('New dataset', { icon: 'trash', id: 'start-over' }, () => actions.startOver());
  const details = button('Details', { icon: 'details', class: 'details-toggle', 'aria-controls': 'side' }, () =>
    actions.toggleSide(),
  );
  nav.append(views, back, undo, redo, add, save, open, reset, details);

  return {
    show(state) {
      const { isGuest, isLocked, isBusy } = state;
      const hasOwn = state.name !== undefined && !isGuest;
      context.hidden = state.name === undefined;
      name.textContent = state.name ?? '';
      rows.textContent = formatNumberOf(state.rows, 'row');
      document.body.classList.toggle('is-guest', isGuest);
      views.hidden = state.views === undefined;
      asPhotos.setAttribute('aria-pressed', String(state.views === 'photos'));
      asTable.setAttribute('aria-pressed', String(state.views === 'table'));
      back.hidden = !isGuest;
      add.hidden = !hasOwn || isLocked;
      for (const each of [undo, redo]) each.hidden = !hasOwn || isLocked;
      showStep(undo, 'Undo', 'Ctrl+Z', state.undo);
      showStep(redo, 'Redo', 'Ctrl+Shift+Z', state.redo);
      save.hidden = !hasOwn;
      reset.hidden = !hasOwn || isLocked;
      details.hidden = state.name === undefined;
      open.hidden = state.name === undefined;
      for (const each of [add, save, reset]) each.disabled = isBusy;
      undo.disabled = isBusy || state.undo === undefined;
      redo.disabled = isBusy || state.redo === undefined;
      showBanner(banner, state, actions);
    },
  };
}

function openMenu(actions: BarActions): HTMLDetailsElement {
  const item = (label: string, icon: string, act: () => void): HTMLButtonElement =>
    button(label, { class: 'menu-item', icon }, () => {
      menu.open = false;
      act();
    });
  const menu = element(
    'details',
    { class: 'menu', id: 'open-menu' },
    element('summary', { class: 'button', 'aria-label': 'Open a dataset' }, element('span', { text: 'Open…' })),
    element(
      'div',
      { class: 'menu-items' },
      item('A zip of a Deep Lake dataset', 'archive', () => actions.openArchive()),
      item('A folder of a Deep Lake dataset', 'folder', () => actions.openFolder()),
    ),
  );
  closeOnLeave(menu);
  return menu;
}

function showStep(made: HTMLButtonElement, word: string, keys: string, step: string | undefined): void {
  setLabel(made, step === undefined ? word : `${word}: ${step}`);
  made.title = step === undefined ? `${word} (${keys})` : `${word}: ${step} (${keys})`;
}

function showBanner(banner: HTMLElement, state: BarState, actions: BarActions): void {
  const { isGuest, isLocked, name, past } = state;
  const link = (label: string, id: string, act: () => void): HTMLElement => button(label, { class: 'link', id }, act);
  const lines: HTMLElement[] = [];
  if (isGuest) lines.push(line(`${name} is open for reading. Your own files are untouched.`));
  else if (isLocked) {
    const text =
      'Another tab is editing this dataset. This one shows it as it was when it was opened, for reading only.';
    const locked = line(
      text,
      button('Load it again', { class: 'link' }, () => actions.reload()),
    );
    locked.id = 'locked';
    lines.push(locked);
  }
  if (past) {
    const shown = line(
      past.text,
      link(past.back, 'leave-past', () => actions.leavePast()),
      past.canBranch && link('Branch from here', 'branch-from-past', () => actions.branchFromPast()),
      past.canBranch && link('Restore it', 'restore-past', () => actions.restorePast()),
    );
    shown.id = 'past';
    lines.push(shown);
  }
  // Drawn anew only when it says something else, so that its buttons keep the focus.
  if (banner.textContent !== lines.map(({ textContent }) => textContent).join('')) banner.replaceChildren(...lines);
}

function line(text: string, ...actions: readonly (HTMLElement | false)[]): HTMLElement {
  return element('p', { class: 'banner', role: 'status' }, element('span', { text }), ...actions);
}
