/** Shows a volume by three slices that cross in one place; dragging changes what is black and white. */
import type { MediaSample, NdArray, NiftiSample } from '../../src/index.js';
import { element } from '../element.js';
import { formatCount } from '../format-text.js';
import { createLatest, createSlider } from './controls.js';
import { createSliceView, type SliceView } from './slice-view.js';
import type { Rect } from './stage-canvas.js';
import type { Fact, Stage, Viewer, ViewerHost } from './types.js';
import { grayPicture, middleRange, type Range } from './window-levels.js';

type Axis = 0 | 1 | 2;
type Place = [x: number, y: number, z: number, time: number];

const axes: readonly Axis[] = [0, 1, 2];
const names = ['Sagittal', 'Coronal', 'Axial'] as const; // across x, y and z
const WHOLE_VOXELS = 24e6; // below, a volume is read once; above, slice by slice

/** Shows volumes. */
export const volumeViewer: Viewer = {
  async open(sample, host) {
    const volume = volumeOf(sample);
    const { signal } = host;
    host.progress('Reading the middle slices');
    const header = volume.bytes > 0 ? await volume.header({ signal }) : undefined;
    const pixdim = numbersOf(header?.pixdim);
    const sizes: [number, number, number] = [0, 0, 0];
    const spacing: [number, number, number] = [1, 1, 1];
    for (const axis of axes) {
      sizes[axis] = volume.shape[axis] ?? 1;
      spacing[axis] = Math.abs(pixdim[axis + 1] ?? 1) || 1;
    }
    const times = volume.shape.slice(3).reduce((product, size) => product * size, 1);
    host.facts([
      ['Voxels', `${sizes.join(' × ')}${times > 1 ? `, ${formatCount(times)} volumes` : ''}`],
      ['Voxel size', `${spacing.map((size) => Number(size.toFixed(3))).join(' × ')} mm`],
      ...factsOf(header),
    ]);
    const read = sliceReader(volume, sizes, signal);
    const middle: Place = [sizes[0] >> 1, sizes[1] >> 1, sizes[2] >> 1, 0];
    const slices = await Promise.all(axes.map((axis) => read(axis, middle)));
    const low = Number(header?.cal_min ?? 0);
    const high = Number(header?.cal_max ?? 0);
    const range: Range = high > low ? { low, high } : middleRange(slices.map(({ data }) => data));
    return stageOf({ sizes, spacing, times, read, place: middle, slices, range }, host);
  },
  async poster(sample, { signal }) {
    const volume = volumeOf(sample);
    const [, , depth = 1] = volume.shape;
    const slice = realOf(await volume.slice({ axis: 2, index: depth >> 1, signal }));
    const [width = 1, height = 1] = slice.shape;
    return createImageBitmap(grayPicture(slice.data, width, height, 'columns', middleRange([slice.data])));
  },
};

type ReadSlice = (axis: Axis, place: Readonly<Place>) => Promise<NdArray>;

interface Opened {
  readonly sizes: readonly [number, number, number];
  readonly spacing: readonly [number, number, number];
  readonly times: number;
  readonly read: ReadSlice;
  readonly place: Place;
  readonly slices: readonly NdArray[];
  readonly range: Range;
}

function stageOf({ sizes, spacing, times, read, place, slices, range }: Opened, host: ViewerHost): Stage {
  let levels = range;
  const lengths = [sizes[0] * spacing[0], sizes[1] * spacing[1], sizes[2] * spacing[2]] as const;
  // One scale for all three, so that they can be compared.
  const scaleFor = (width: number, height: number): number =>
    Math.min(...axes.map(acrossOf).map(([across, up]) => Math.min(width / lengths[across], height / lengths[up])));
  const views: readonly SliceView[] = axes.map((axis) => {
    const [across, up] = acrossOf(axis);
    return createSliceView({
      label: `${names[axis]} slice`,
      rectOf(width, height): Rect {
        const scale = scaleFor(width - 16, height - 40);
        const [w, h] = [lengths[across] * scale, lengths[up] * scale];
        return { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h };
      },
      cross: () => [(place[across] + 0.5) / sizes[across], 1 - (place[up] + 0.5) / sizes[up]],
      onPick(x, y) {
        move(across, Math.floor(x * sizes[across]));
        move(up, Math.floor((1 - y) * sizes[up]));
      },
      onLevel(dx, dy) {
        const step = (range.high - range.low || 1) / 300;
        const width = Math.max(step, levels.high - levels.low + dx * step);
        const centre = (levels.low + levels.high) / 2 + dy * step;
        levels = { low: centre - width / 2, high: centre + width / 2 };
        for (const each of axes) paint(each);
      },
    });
  });
  const shown: (NdArray | undefined)[] = [...slices];
  const paint = (axis: Axis): void => {
    const slice = shown[axis];
    const [width = 1, height = 1] = slice?.shape ?? [];
    if (slice) views[axis]?.show(grayPicture(slice.data, width, height, 'columns', levels));
  };
  const load = axes.map((axis) =>
    createLatest(async () => {
      try {
        shown[axis] = await read(axis, place);
        paint(axis);
      } catch (error) {
        if (!host.signal.aborted) host.fail(error);
      }
    }),
  );
  const sliders = axes.map((axis) =>
    createSlider({
      label: names[axis],
      min: 0,
      max: sizes[axis] - 1,
      value: place[axis],
      format: (value) => `${value + 1} of ${sizes[axis]}`,
      onInput: (value) => move(axis, value),
    }),
  );
  const move = (axis: Axis, value: number): void => {
    const next = Math.min(sizes[axis] - 1, Math.max(0, value));
    const slider = sliders[axis];
    if (slider) slider.value = next;
    if (next !== place[axis]) {
      place[axis] = next;
      load[axis]?.(undefined);
    }
    for (const view of views) view.schedule(); // the lines move
  };
  const timeSlider = createSlider({
    label: 'Volume',
    min: 0,
    max: times - 1,
    value: 0,
    format: (value) => `${value + 1} of ${times}`,
    onInput(value) {
      place[3] = value;
      for (const each of load) each(undefined);
    },
  });
  for (const axis of axes) paint(axis);
  return {
    element: element('div', { class: 'slices' }, ...views.map((view) => view.element)),
    controls: element(
      'div',
      { class: 'slider-grid' },
      ...sliders.map((slider) => slider.element),
      times > 1 && timeSlider.element,
    ),
    keys: [
      ['← →', 'sagittal slice'],
      ['↑ ↓', 'axial slice'],
      ['Drag', 'contrast and brightness'],
    ],
    press({ key }) {
      if (key === 'ArrowLeft' || key === 'ArrowRight') move(0, place[0] + (key === 'ArrowRight' ? 1 : -1));
      else if (key === 'ArrowUp' || key === 'ArrowDown') move(2, place[2] + (key === 'ArrowUp' ? 1 : -1));
      else return false;
      return true;
    },
    close() {
      for (const view of views) view.close();
    },
  };
}

/** The axes of a slice: that to the right and that up. */
function acrossOf(axis: Axis): readonly [Axis, Axis] {
  return axis === 0 ? [1, 2] : axis === 1 ? [0, 2] : [0, 1];
}

/** Reads slices: out of the whole volume where that is small, else each by itself. */
function sliceReader(volume: NiftiSample, sizes: readonly [number, number, number], signal: AbortSignal): ReadSlice {
  const [nx, ny, nz] = sizes;
  if (nx * ny * nz > WHOLE_VOXELS)
    return async (axis, place) => realOf(await volume.slice({ axis, index: place[axis], time: place[3], signal }));
  let kept: { readonly time: number; readonly array: Promise<NdArray> } | undefined;
  return async (axis, place) => {
    const time = place[3];
    if (kept?.time !== time) kept = { time, array: volume.volume({ time, signal }).then(realOf) };
    return cut(await kept.array, sizes, axis, place[axis]);
  };
}

/** Complex numbers, which are pairs, as their magnitudes; others as they are. */
function realOf(array: NdArray): NdArray {
  const { dtype, shape, data } = array;
  if (!dtype.startsWith('complex')) return array;
  const real = Float64Array.from({ length: data.length / 2 }, (_, i) =>
    Math.hypot(Number(data[2 * i]), Number(data[2 * i + 1])),
  );
  return { dtype: 'float64', shape, data: real };
}

/** A slice of an array in C order. */
function cut({ data, dtype }: NdArray, sizes: readonly [number, number, number], axis: Axis, index: number): NdArray {
  const strides = [sizes[1] * sizes[2], sizes[2], 1] as const;
  const [a, b] = acrossOf(axis);
  const out = data.slice(0, sizes[a] * sizes[b]);
  let at = 0;
  for (let i = 0; i < sizes[a]; i++)
    for (let j = 0; j < sizes[b]; j++) {
      const value = data[index * strides[axis] + i * strides[a] + j * strides[b]];
      if (value !== undefined) out[at] = value;
      at++;
    }
  return { dtype, shape: [sizes[a], sizes[b]], data: out };
}

function factsOf(header: Readonly<Record<string, unknown>> | undefined): Fact[] {
  if (!header) return [];
  const facts: Fact[] = [];
  for (const name of ['descrip', 'datatype', 'scl_slope', 'scl_inter', 'qform_code', 'sform_code', 'vox_offset']) {
    const value = header[name];
    if (value !== undefined && value !== '') facts.push([name, String(value)]);
  }
  return facts;
}

function numbersOf(value: unknown): readonly number[] {
  return Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(Object.values(value), Number) : [];
}

function volumeOf(sample: MediaSample): NiftiSample {
  if (isVolume(sample)) return sample;
  throw new TypeError('A tensor of volumes gave none.');
}

function isVolume(sample: MediaSample): sample is NiftiSample {
  return 'volume' in sample;
}
