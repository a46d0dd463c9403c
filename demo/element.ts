/** Builds page elements: the only place of the demo that makes them. */

/** Attributes of an element: true sets an empty one, false and undefined set none. `text` is its text content. */
export interface Attributes {
  readonly text?: string;
  readonly [name: string]: string | number | boolean | undefined;
}

/** What an element may hold; false and undefined are left out. */
export type Child = Node | string | false | undefined;

/** Makes an element with attributes and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    if (name === 'text') made.textContent = String(value);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== false && child !== undefined));
  return made;
}

/** Makes a button that acts when it is pressed. */
export function button(label: string, attributes: Attributes, onPress: (event: MouseEvent) => void): HTMLButtonElement {
  const { icon: name, ...rest } = attributes;
  const made = element('button', { type: 'button', ...rest });
  if (typeof name === 'string' && isIcon(name)) made.append(icon(name));
  made.append(element('span', { text: label }));
  made.addEventListener('click', onPress);
  return made;
}

/** Finds an element of the page that must be there. @throws {TypeError} when it is not, or is of another kind. */
export function required<T extends Element>(selector: string, kind: new () => T): T {
  const found = document.querySelector(selector);
  if (found instanceof kind) return found;
  throw new TypeError(`The page has no ${kind.name} at ${selector}.`);
}

// Strokes on a 20 x 20 field.
const icons = {
  add: 'M10 4v12M4 10h12',
  archive: 'M10 3v9m0 0 3.5-3.5M10 12 6.5 8.5M4 13.5V16h12v-2.5',
  open: 'M3 6.5V15h14V7.5h-7L8.2 5.5H3Z',
  trash: 'M4 6h12M8 6V4h4v2m-6.5 0 .7 10h7.6l.7-10',
  back: 'M8.5 4.5 3 10l5.5 5.5M3 10h14',
  left: 'M12.5 4 6.5 10l6 6',
  right: 'M7.5 4l6 6-6 6',
  close: 'M5 5l10 10M15 5 5 15',
  code: 'M7.5 6 3 10l4.5 4M12.5 6 17 10l-4.5 4',
  box: 'M4 5.5h12v9H4Z',
  image: 'M3.5 4.5h13v11h-13Zm0 8.5 4-4 3.5 3.5 2-2 3.5 3M13 7.6v.01',
  folder: 'M3 6.5V15h14V7.5h-7L8.2 5.5H3Z',
  details: 'M4 16V9m4 7V4m4 12v-5m4 5V7',
  table: 'M3.5 4.5h13v11h-13Zm0 3.7h13m-13 3.6h13M8.5 4.5v11',
  sparkle: 'M10 3.5 11.7 8.3 16.5 10l-4.8 1.7L10 16.5l-1.7-4.8L3.5 10l4.8-1.7Z',
  undo: 'M7.5 4 4 7.5 7.5 11M4 7.5h7.5a4.2 4.2 0 0 1 0 8.5H8',
  redo: 'M12.5 4 16 7.5 12.5 11M16 7.5H8.5a4.2 4.2 0 0 0 0 8.5H12',
  search: 'M8.8 4a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6Zm3.5 8.3L16.5 16.5',
  bookmark: 'M6 3.5h8V16.5l-4-3-4 3Z',
  branch:
    'M6 6.5v7M6 13.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3Zm0-10a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3Zm8 1.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3Zm0 3c0 3-3 3.5-8 4',
  merge: 'M6 3.5v13M6 6c0 4 3 5 8 5m-3-3 3 3-3 3',
  clock: 'M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 3V10l2.5 2',
  check: 'M4.5 10.5 8.5 14.5 15.5 6',
} as const;

/** Name of an icon. */
export type IconName = keyof typeof icons;

function isIcon(name: string): name is IconName {
  return Object.hasOwn(icons, name);
}

/** Makes an element of a drawing. */
export function drawing<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly Node[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** Makes an icon that takes the colour of the text around it, hidden from screen readers. */
export function icon(name: IconName): SVGSVGElement {
  const box = { viewBox: '0 0 20 20', class: 'icon', 'aria-hidden': 'true' };
  return drawing('svg', box, drawing('path', { d: icons[name] }));
}

/** Gives a button made by {@link button} another label. */
export function setLabel(made: HTMLButtonElement, text: string): void {
  if (made.lastElementChild) made.lastElementChild.textContent = text;
}
