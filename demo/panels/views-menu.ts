/** Saved views: the list of them, and a way to keep the rows that are shown. */
import type { SavedView } from '../../src/index.js';
import { button, element, icon } from '../element.js';
import { formatAgo, messageOf } from '../format-text.js';
import { closeOnLeave } from './menu.js';

/** What the menu asks for. */
export interface ViewsEvents {
  list(): Promise<readonly SavedView[]>;
  /** The rows that are shown are to be saved. */
  save(): void;
  open(view: SavedView): void;
  /** The filter of a view is to be used on the rows of now. */
  search(filter: string): void;
  remove(view: SavedView): void;
}

/** The menu. */
export interface ViewsMenu {
  readonly element: HTMLDetailsElement;
  /** Says whether views can be saved and deleted. */
  show(canSave: boolean): void;
}

/** Makes the menu. Its list is read each time it is unfolded. */
export function createViewsMenu(events: ViewsEvents): ViewsMenu {
  const list = element('ul', { class: 'view-list', 'aria-label': 'Saved views' });
  const hint = element('p', { class: 'panel-lead' });
  let canSave = false;
  const act = (work: () => void): void => {
    menu.open = false;
    work();
  };
  const save = button('Save what is shown…', { class: 'menu-item', icon: 'add', id: 'save-view' }, () =>
    act(() => events.save()),
  );
  const menu = element(
    'details',
    { class: 'menu views-menu', id: 'views-menu' },
    element(
      'summary',
      { class: 'button', title: 'Saved views' },
      icon('bookmark'),
      element('span', { class: 'wide-only', text: 'Views' }),
      element('span', { class: 'unseen', text: 'Saved views' }),
    ),
    element('div', { class: 'menu-items' }, save, hint, list),
  );
  closeOnLeave(menu);

  const item = (view: SavedView): HTMLElement => {
    const { id, message, query, virtual, createdAt } = view;
    const name = message ?? id;
    const facts = [query, createdAt && formatAgo(createdAt)].filter((fact) => fact).join(' · ');
    const open = button(name, { class: 'view-open', title: `Open ${id}` }, () => act(() => events.open(view)));
    open.append(element('small', { text: virtual ? facts : 'holds copies of its rows: open it with loadView' }));
    open.disabled = !virtual;
    const again = `Search again for ${query ?? ''}`;
    const remove = `Delete view ${name}`;
    return element(
      'li',
      {},
      open,
      query !== null &&
        button(again, { class: 'quiet icon-only', icon: 'search', title: again }, () =>
          act(() => events.search(query)),
        ),
      canSave &&
        button(remove, { class: 'quiet icon-only', icon: 'trash', title: remove }, () => {
          act(() => events.remove(view));
        }),
    );
  };

  menu.addEventListener('toggle', () => {
    if (!menu.open) return;
    hint.textContent = '';
    events.list().then(
      (views) => {
        list.replaceChildren(...[...views].reverse().map(item));
        hint.textContent = views.length === 0 ? 'No views are saved in this dataset.' : '';
      },
      (error: unknown) => {
        hint.textContent = messageOf(error);
      },
    );
  });
  return {
    element: menu,
    show(allowed) {
      canSave = allowed;
      save.hidden = !allowed;
    },
  };
}
