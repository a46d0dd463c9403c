/** The head of the page: which dataset is open, and what can be done with it. */
import { button, element, required } from '../element.js';
import { formatNumberOf } from '../format-text.js';

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
  /** Which of the two views is shown; undefined when there is only one. */
  readonly views: 'photos' | 'table' | undefined;
}

/** What the buttons do. */
export interface BarActions {
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
  const add = button('Add files', { class: 'primary', icon: 'add', id: 'add-photos' }, () => actions.addPhotos());
  const save = button('Save as zip', { icon: 'archive', id: 'save-zip' }, () => actions.saveZip());
  const open = openMenu(actions);
  const reset = button('New dataset', { icon: 'trash', id: 'start-over' }, () => actions.startOver());
  const details = button('Details', { icon: 'details', class: 'details-toggle', 'aria-controls': 'side' }, () =>
    actions.toggleSide(),
  );
  nav.append(views, back, add, save, open, reset, details);

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
      save.hidden = !hasOwn;
      reset.hidden = !hasOwn || isLocked;
      details.hidden = state.name === undefined;
      open.hidden = state.name === undefined;
      for (const each of [add, save, reset]) each.disabled = isBusy;
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
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
  document.addEventListener('click', (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  return menu;
}

function showBanner(banner: HTMLElement, { isGuest, isLocked, name }: BarState, actions: BarActions): void {
  if (isGuest) {
    banner.replaceChildren(
      element(
        'p',
        { class: 'banner' },
        element('span', { text: `${name} is open for reading. Your own files are untouched.` }),
      ),
    );
  } else if (isLocked) {
    const text =
      'Another tab is editing this dataset. This one shows it as it was when it was opened, for reading only.';
    const reload = button('Load it again', { class: 'link' }, () => actions.reload());
    banner.replaceChildren(element('p', { class: 'banner', id: 'locked' }, element('span', { text }), reload));
  } else banner.replaceChildren();
}
