/** The side of the page: details of the dataset, and its history, one at a time. */
import { element } from '../element.js';

/** A tab and what it shows. */
export interface SideTab {
  readonly name: string;
  readonly content: readonly HTMLElement[];
}

/** The tabs. */
export interface SideTabs {
  readonly element: HTMLElement;
  /** Whether a tab is the one that is shown. */
  isShown(name: string): boolean;
}

/** Makes the tabs; the first one is shown. @param onShow - told the name of the tab that a person chose */
export function createSideTabs(tabs: readonly SideTab[], onShow: (name: string) => void): SideTabs {
  const buttons = tabs.map(({ name }) => {
    const key = name.toLowerCase();
    return element('button', { type: 'button', role: 'tab', id: `tab-${key}`, 'aria-controls': `panel-${key}` }, name);
  });
  const panels = tabs.map(({ name, content }) => {
    const key = name.toLowerCase();
    return element('div', { role: 'tabpanel', id: `panel-${key}`, 'aria-labelledby': `tab-${key}` }, ...content);
  });
  let shown = 0;
  const show = (next: number): void => {
    shown = next;
    for (const [i, tab] of buttons.entries()) {
      tab.setAttribute('aria-selected', String(i === next));
      tab.tabIndex = i === next ? 0 : -1;
    }
    for (const [i, panel] of panels.entries()) panel.hidden = i !== next;
  };
  for (const [i, tab] of buttons.entries()) {
    tab.addEventListener('click', () => {
      show(i);
      onShow(tabs[i]?.name ?? '');
    });
    tab.addEventListener('keydown', ({ key }) => {
      const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
      const next = (i + step + buttons.length) % buttons.length;
      if (step === 0) return;
      buttons[next]?.click();
      buttons[next]?.focus();
    });
  }
  show(0);
  return {
    element: element(
      'aside',
      { class: 'side', id: 'side', 'aria-label': 'Details and history' },
      element('div', { class: 'views side-tabs', role: 'tablist', 'aria-label': 'Side' }, ...buttons),
      ...panels,
    ),
    isShown: (name) => tabs[shown]?.name === name,
  };
}
