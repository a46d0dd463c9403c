/** The first thing a person sees: where to drop files, and samples to try. */
import { button, element, icon } from '../element.js';
import { photosName } from '../photo-dataset.js';
import { samplePhotos } from '../sample-photos.js';
import { sourceLink } from './source-panel.js';

/** What the buttons do. */
export interface StartActions {
  pickPhotos(): void;
  pickFolder(): void;
  useSamples(): void;
  openArchive(): void;
  openFolder(): void;
}

const shownSamples = ['sunrise-boat.jpg', 'red-house.jpg', 'pears.jpg', 'winter-cabin.jpg', 'sailing-bay.jpg'];

/** Makes the start page. */
export function createStartPanel(actions: StartActions): HTMLElement {
  const thumbs = shownSamples.flatMap((name) => {
    const src = samplePhotos.get(name);
    return src === undefined ? [] : [element('img', { src, alt: '', width: 480, height: 320, draggable: 'false' })];
  });
  const samples = element(
    'button',
    { type: 'button', class: 'samples', id: 'use-samples' },
    element('span', { class: 'sample-fan', 'aria-hidden': 'true' }, ...thumbs),
    element(
      'span',
      { class: 'samples-label' },
      icon('sparkle'),
      element('span', { text: 'Try it with sample photos' }),
    ),
  );
  samples.addEventListener('click', () => actions.useSamples());
  return element(
    'section',
    { class: 'start', 'aria-labelledby': 'start-title' },
    element(
      'div',
      { class: 'start-lead' },
      element('h1', { id: 'start-title', text: 'Build a dataset in this tab.' }),
      element('p', {
        class: 'lead',
        text: 'Drop photos, videos, sounds, scans, volumes, points or meshes; label them, draw boxes. Everything stays in your browser, in the format of Deep Lake, so that Python opens it unchanged.',
      }),
    ),
    element(
      'div',
      { class: 'drop-zone' },
      ripples(),
      element('p', { class: 'drop-title', text: 'Drop files or a folder anywhere' }),
      element(
        'div',
        { class: 'drop-actions' },
        button('Choose files', { class: 'primary', icon: 'image' }, () => actions.pickPhotos()),
        button('Choose a folder', { icon: 'folder' }, () => actions.pickFolder()),
      ),
      element('p', { class: 'or' }, element('span', { text: 'or' })),
      samples,
    ),
    element(
      'ol',
      { class: 'steps' },
      step('Collect', 'Files are stored byte for byte, each format in a tensor of its own. Nothing is uploaded.'),
      step('Label', 'Number keys for classes, the mouse or a finger for boxes. Every change is saved at once.'),
      step('Take it to Python', 'Save a zip, unpack it, and load the folder:', `deeplake.load("${photosName}")`),
    ),
    element(
      'p',
      { class: 'start-open' },
      element('span', { text: 'Have a Deep Lake dataset already?' }),
      button('Open a zip', { class: 'link' }, () => actions.openArchive()),
      button('Open a folder', { class: 'link' }, () => actions.openFolder()),
      sourceLink('panels/start-panel.ts'),
    ),
  );
}

function step(title: string, text: string, code?: string): HTMLElement {
  return element(
    'li',
    {},
    element('h2', { text: title }),
    element('p', {}, text, code !== undefined && ' ', code !== undefined && element('code', { text: code })),
  );
}

function ripples(): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const drawing = document.createElementNS(space, 'svg');
  drawing.setAttribute('class', 'ripples');
  drawing.setAttribute('viewBox', '0 0 800 240');
  drawing.setAttribute('aria-hidden', 'true');
  for (const radius of [250, 300, 352, 406]) {
    const ring = document.createElementNS(space, 'ellipse');
    for (const [name, value] of Object.entries({ cx: 400, cy: 120, rx: radius, ry: radius * 0.28 }))
      ring.setAttribute(name, String(value));
    drawing.append(ring);
  }
  return drawing;
}
