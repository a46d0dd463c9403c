/** Shows a DICOM image: its window by sliders or dragging, its frames, and the table of its tags. */
import type { DicomSample, DicomTag, MediaSample } from '../../src/index.js';
import { element } from '../element.js';
import { formatCount } from '../format-text.js';
import { createLatest, createSlider } from './controls.js';
import { createStageCanvas, drawFitted, fitRect } from './stage-canvas.js';
import type { Fact, Stage, Viewer, ViewerHost } from './types.js';

type Tags = Readonly<Record<string, DicomTag>>;

const MAX_TEXT = 120;
const listed = [
  ['PatientName', 'Patient'],
  ['Modality', 'Modality'],
  ['SeriesDescription', 'Series'],
  ['PhotometricInterpretation', 'Colours'],
] as const;

/** Shows DICOM images. */
export const dicomViewer: Viewer = {
  async open(sample, host) {
    const scan = scanOf(sample);
    const { signal } = host;
    host.progress('Decoding the scan');
    const tags: Tags = scan.bytes > 0 ? await scan.tags({ signal }) : {};
    const frames = scan.shape.length === 4 ? (scan.shape[0] ?? 1) : 1;
    const [rows = 0, columns = 0] = scan.shape.length === 4 ? scan.shape.slice(1) : scan.shape;
    host.facts([
      ['Size', `${columns} × ${rows}`],
      ...(frames > 1 ? [['Frames', formatCount(frames)] as const] : []),
      ...listed.flatMap(([keyword, label]): Fact[] => {
        const text = textOf(tags[keyword]?.value);
        return text === '' ? [] : [[label, text]];
      }),
    ]);
    const stage = stageOf(scan, tags, frames, await levelsOf(scan, tags, signal), host);
    try {
      await stage.paint();
    } catch (error) {
      stage.close();
      throw error;
    }
    return stage;
  },
  poster: (sample, { width, signal }) => scanOf(sample).toBitmap({ maxWidth: width, signal }),
};

/** What gray may be: the values of the first frame, and the window that the file asks for. */
interface Levels {
  readonly low: number;
  readonly high: number;
  readonly center: number;
  readonly width: number;
}

function stageOf(
  scan: DicomSample,
  tags: Tags,
  frames: number,
  levels: Levels | undefined,
  host: ViewerHost,
): Stage & { paint(): Promise<void> } {
  const picture = new OffscreenCanvas(1, 1);
  const canvas = createStageCanvas((context, width, height) => {
    drawFitted(context, picture, fitRect(picture, width, height));
  }, 'Scan');
  let window: { readonly center: number; readonly width: number } | undefined; // the file's own until it is changed
  let frame = 0;
  let invert = false;
  const paint = async (): Promise<void> => {
    const { data, width, height } = await scan.window({ frame, invert, ...window, signal: host.signal });
    if (picture.width !== width || picture.height !== height) Object.assign(picture, { width, height });
    picture.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
    canvas.schedule();
  };
  const again = createLatest(async () => {
    try {
      await paint();
    } catch (error) {
      if (!host.signal.aborted) host.fail(error);
    }
  });
  const goTo = (next: number): void => {
    frame = Math.min(frames - 1, Math.max(0, next));
    frameSlider.value = frame;
    again(undefined);
  };
  const frameSlider = createSlider({
    label: 'Frame',
    min: 0,
    max: frames - 1,
    value: 0,
    format: (value) => `${value + 1} of ${frames}`,
    onInput: goTo,
  });
  const controls = element('div', { class: 'slider-grid' }, frames > 1 && frameSlider.element);
  if (levels) {
    const span = Math.max(1, levels.high - levels.low);
    const step = span > 100 ? 1 : span / 200;
    const format = (value: number): string => String(Number(value.toFixed(step < 1 ? 3 : 0)));
    const take = (): void => {
      window = { center: center.value, width: Math.max(1, width.value) };
      again(undefined);
    };
    const center = createSlider({
      label: 'Centre',
      min: Math.min(levels.low, levels.center),
      max: Math.max(levels.high, levels.center),
      step,
      value: levels.center,
      format,
      onInput: take,
    });
    const width = createSlider({
      label: 'Width',
      min: 1,
      max: Math.max(2, span, levels.width),
      step,
      value: levels.width,
      format,
      onInput: take,
    });
    const swap = element('input', { type: 'checkbox', id: 'dicom-invert' });
    swap.addEventListener('change', () => {
      invert = swap.checked;
      again(undefined);
    });
    controls.append(
      center.element,
      width.element,
      element('label', { class: 'check', for: 'dicom-invert' }, swap, 'Black for white'),
    );
    canvas.element.classList.add('levels');
    canvas.element.addEventListener('pointerdown', ({ pointerId }) => canvas.element.setPointerCapture(pointerId));
    canvas.element.addEventListener('pointermove', ({ buttons, movementX, movementY }) => {
      if (buttons !== 1) return;
      width.value += (movementX * span) / 300;
      center.value += (movementY * span) / 300;
      take();
    });
  }
  return {
    paint,
    element: canvas.element,
    controls,
    aside: { title: 'Tags', element: tagTable(tags) },
    keys: [
      ...(frames > 1 ? [['← →', 'frame'] as const] : []),
      ...(levels ? [['Drag', 'contrast and brightness'] as const] : []),
    ],
    press({ key }) {
      if (frames < 2 || (key !== 'ArrowLeft' && key !== 'ArrowRight')) return false;
      goTo(frame + (key === 'ArrowRight' ? 1 : -1));
      return true;
    },
    close: canvas.close,
  };
}

/** The range of the sliders, in the unit of the file; undefined for colours. */
async function levelsOf(scan: DicomSample, tags: Tags, signal: AbortSignal): Promise<Levels | undefined> {
  if (!/^(MONOCHROME|$)/.test(textOf(tags.PhotometricInterpretation?.value))) return undefined;
  const { shape, data } = await scan.frames({ start: 0, end: 1, signal });
  if (shape.at(-1) !== 1) return undefined;
  let [low, high] = [Infinity, -Infinity];
  for (const stored of data) {
    const value = Number(stored);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high >= low)) return undefined;
  const slope = numberOf(tags.RescaleSlope?.value) ?? 1;
  const shift = numberOf(tags.RescaleIntercept?.value) ?? 0;
  const ends = [low * slope + shift, high * slope + shift];
  [low, high] = [Math.min(...ends), Math.max(...ends)];
  return {
    low,
    high,
    center: numberOf(tags.WindowCenter?.value) ?? (low + high) / 2,
    width: numberOf(tags.WindowWidth?.value) ?? Math.max(1, high - low),
  };
}

function tagTable(tags: Tags): HTMLElement {
  const rows = Object.values(tags).map(({ name, tag, value }) =>
    element('tr', {}, element('th', { scope: 'row', text: name, title: tag }), element('td', { text: textOf(value) })),
  );
  return element('table', { class: 'tag-table' }, element('tbody', {}, ...rows));
}

/** The first number of a tag. */
function numberOf(value: unknown): number | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const number = typeof first === 'string' ? Number.parseFloat(first) : first;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function textOf(value: unknown): string {
  const text = wordsOf(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** The words of a value, of names of persons and sequences those inside. */
function wordsOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(wordsOf).join(', ');
  return typeof value === 'object' ? Object.values(value).map(wordsOf).join(', ') : String(value);
}

function scanOf(sample: MediaSample): DicomSample {
  if (isScan(sample)) return sample;
  throw new TypeError('A DICOM tensor gave no scan.');
}

function isScan(sample: MediaSample): sample is DicomSample {
  return 'window' in sample;
}
