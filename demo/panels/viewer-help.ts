/** The keys of the large view, for what is shown. */
import { element } from '../element.js';

/** Keys with their meaning. */
export type Keys = readonly (readonly [keys: string, meaning: string])[];

const labelling: Keys = [
  ['1–9', 'toggle a label'],
  ['N', 'find or add a label'],
  ['Ctrl Z', 'undo; with Shift redo'],
  ['Shift Del', 'delete the row'],
];
const boxing: Keys = [
  ['← →', 'previous, next'],
  ['B', 'add a box'],
  ['Arrows', 'move the chosen box, with Shift resize it'],
  ['Del', 'delete it'],
];

/** Shows keys. */
export interface ViewerHelp {
  readonly element: HTMLElement;
  /** Shows those of a picture, or of a viewer. */
  show(kind: 'image' | 'other', canEdit: boolean, own: Keys): void;
}

/** Makes the list, folded where there is little room. */
export function createViewerHelp(): ViewerHelp {
  const list = element('dl', { class: 'keys' });
  const box = element(
    'details',
    { class: 'key-help', open: matchMedia('(min-height: 760px)').matches },
    element('summary', { text: 'Keys' }),
    list,
  );
  return {
    element: box,
    show(kind, canEdit, own) {
      const keys: Keys = [
        ...own,
        ...(canEdit ? labelling : []),
        ...(kind === 'image' && canEdit ? boxing : []),
        ['J K', 'next, previous'],
        ['Esc', 'close'],
      ];
      list.replaceChildren(...keys.flatMap(([names, meaning]) => keyHelp(names, meaning)));
    },
  };
}

function keyHelp(keys: string, meaning: string): HTMLElement[] {
  return [
    element('dt', {}, ...keys.split(' ').map((key) => element('kbd', { text: key }))),
    element('dd', { text: meaning }),
  ];
}
