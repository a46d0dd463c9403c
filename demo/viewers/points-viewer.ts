/** Shows a point cloud, coloured by height, by intensity, by class, or as it was photographed. */
import type { MediaSample, PointCloudSample } from '../../src/index.js';
import { element } from '../element.js';
import { formatCount } from '../format-text.js';
import { createChoice, createSlider } from './controls.js';
import { centred, extentOf, type Geometry, rampColorsOf } from './geometry.js';
import { formatExtent } from './mesh-viewer.js';
import { createOrbitCanvas, orbitKeys, pointSizeFor, posterOfGeometry } from './orbit-canvas.js';
import type { Viewer } from './types.js';

type Coloring = 'height' | 'rgb' | 'intensity' | 'classification';

const MAX_POINTS = 4e6; // 60 MB on the graphics card
const POSTER_POINTS = 120_000;
const POSTER_PARTS = 12;

/** Shows point clouds. */
export const pointsViewer: Viewer = {
  async open(sample, { signal, progress, facts, fail }) {
    const cloud = cloudOf(sample);
    progress(`Reading ${formatCount(Math.min(cloud.points, MAX_POINTS))} points`);
    const part = { end: Math.min(cloud.points, MAX_POINTS), signal };
    const names: ReadonlySet<string> = new Set(cloud.bytes > 0 ? await cloud.names({ signal }) : []);
    const { data } = await cloud.coordinates(part);
    const extent = extentOf(data);
    const positions = centred(data, extent);
    const shown = data.length / 3;
    const colorings = coloringsOf(names);
    const facet = (axis: 0 | 1 | 2): string =>
      `${Number(extent.min[axis].toFixed(3))} … ${Number(extent.max[axis].toFixed(3))}`;
    facts([
      ['Points', formatCount(cloud.points) + (shown < cloud.points ? `, the first ${formatCount(shown)} shown` : '')],
      ['Extent', formatExtent(extent)],
      ['x', facet(0)],
      ['y', facet(1)],
      ['z', facet(2)],
      ...(names.size > 0 ? [['Columns', [...names].join(', ')] as const] : []),
    ]);
    const first: Coloring = colorings.some(([value]) => value === 'rgb') ? 'rgb' : 'height';
    const canvas = createOrbitCanvas(`Point cloud of ${formatCount(shown)} points`);
    const paint = async (coloring: Coloring): Promise<void> => {
      const colors = await colorsOf(cloud, coloring, positions, part);
      if (!signal.aborted) canvas.setGeometry({ positions, colors });
    };
    try {
      await paint(first);
    } catch (error) {
      canvas.close();
      throw error;
    }
    const size = pointSizeFor(shown);
    canvas.setPointSize(size);
    const choice = createChoice('Colour', colorings, first, (coloring) => void paint(coloring).catch(fail));
    const sizes = createSlider({
      label: 'Point size',
      min: 1,
      max: 12,
      step: 0.5,
      value: size,
      onInput: canvas.setPointSize,
    });
    return {
      element: canvas.element,
      controls: element('div', { class: 'control-row' }, choice, sizes.element),
      keys: orbitKeys,
      press: (event) => canvas.press(event),
      close: canvas.close,
    };
  },
  async poster(sample, options) {
    const cloud = cloudOf(sample);
    const { signal } = options;
    const names = new Set(cloud.bytes > 0 ? await cloud.names({ signal }) : []);
    const coloring = names.has('red') ? 'rgb' : 'height';
    const { points } = cloud;
    if (points <= POSTER_POINTS) return posterOfGeometry(await geometryOf(cloud, coloring, { signal }), options);
    // Of large clouds some parts, so that the poster costs the same for each.
    const length = Math.floor(POSTER_POINTS / POSTER_PARTS);
    const data = new Float64Array(3 * length * POSTER_PARTS);
    for (let i = 0; i < POSTER_PARTS; i++) {
      const start = Math.floor((i * (points - length)) / (POSTER_PARTS - 1));
      const part = await cloud.coordinates({ start, end: start + length, signal });
      data.set(part.data, 3 * length * i);
    }
    const positions = centred(data, extentOf(data));
    return posterOfGeometry({ positions, colors: heightColors(positions) }, options);
  },
};

interface Part {
  readonly end?: number;
  readonly signal: AbortSignal;
}

async function geometryOf(cloud: PointCloudSample, coloring: Coloring, part: Part): Promise<Geometry> {
  const { data } = await cloud.coordinates(part);
  const positions = centred(data, extentOf(data));
  return { positions, colors: await colorsOf(cloud, coloring, positions, part) };
}

function coloringsOf(names: ReadonlySet<string>): readonly (readonly [Coloring, string])[] {
  const all: readonly (readonly [Coloring, string, string | undefined])[] = [
    ['rgb', 'Photo', 'red'],
    ['height', 'Height', undefined],
    ['intensity', 'Intensity', 'intensity'],
    ['classification', 'Class', 'classification'],
  ];
  return all.flatMap(([value, label, column]) =>
    column === undefined || names.has(column) ? [[value, label] as const] : [],
  );
}

async function colorsOf(
  cloud: PointCloudSample,
  coloring: Coloring,
  positions: Float32Array<ArrayBuffer>,
  part: Part,
): Promise<Uint8Array<ArrayBuffer>> {
  if (coloring === 'height') return heightColors(positions);
  const names = coloring === 'rgb' ? ['red', 'green', 'blue'] : [coloring];
  const columns = await cloud.columns(names, part);
  const [first, ...more] = names.map((name) => columns[name] ?? new Uint8Array());
  if (!first) return heightColors(positions);
  const count = positions.length / 3;
  if (coloring !== 'rgb') return rampColorsOf(count, (i) => Number(first[i]));
  // Colours have 16 bits, but many programs fill in 8 of them.
  const bands = [first, ...more];
  const isWide = bands.some((band) => band.some((value: number | bigint) => value > 255));
  const out = new Uint8Array(3 * count);
  for (const [c, band] of bands.entries())
    for (let i = 0; i < count; i++) out[3 * i + c] = isWide ? Number(band[i]) >> 8 : Number(band[i]);
  return out;
}

function heightColors(positions: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return rampColorsOf(positions.length / 3, (i) => positions[3 * i + 2] ?? 0);
}

function cloudOf(sample: MediaSample): PointCloudSample {
  if (isCloud(sample)) return sample;
  throw new TypeError('A tensor of point clouds gave none.');
}

function isCloud(sample: MediaSample): sample is PointCloudSample {
  return 'coordinates' in sample;
}
