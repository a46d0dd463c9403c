/** Shows a mesh: shaded triangles, or the points when it has no faces. */
import type { MediaSample, MeshSample } from '../../src/index.js';
import { element } from '../element.js';
import { formatCount } from '../format-text.js';
import { centred, type Extent, extentOf, type Geometry } from './geometry.js';
import { createOrbitCanvas, orbitKeys, pointSizeFor, posterOfGeometry } from './orbit-canvas.js';
import type { Viewer } from './types.js';

/** Shows meshes. */
export const meshViewer: Viewer = {
  async open(sample, { signal, progress, facts }) {
    progress('Reading the mesh');
    const { geometry, extent, hasColors } = await geometryOf(sample, signal);
    const points = geometry.positions.length / 3;
    const triangles = (geometry.triangles?.length ?? 0) / 3;
    facts([
      ['Vertices', formatCount(points)],
      ['Triangles', formatCount(triangles)],
      ['Extent', formatExtent(extent)],
      ['Colours', hasColors ? 'of the vertices' : 'none'],
    ]);
    const canvas = createOrbitCanvas(`Mesh of ${formatCount(triangles)} triangles`);
    canvas.setGeometry(geometry);
    canvas.setPointSize(pointSizeFor(points));
    const toggle = element('input', { type: 'checkbox', id: 'show-vertices', checked: geometry.showsPoints });
    toggle.addEventListener('change', () => canvas.setGeometry({ ...geometry, showsPoints: toggle.checked }));
    return {
      element: canvas.element,
      ...(triangles > 0 && {
        controls: element(
          'div',
          { class: 'control-row' },
          element('label', { class: 'check', for: 'show-vertices' }, toggle, 'Vertices'),
        ),
      }),
      keys: orbitKeys,
      press: (event) => canvas.press(event),
      close: canvas.close,
    };
  },
  async poster(sample, options) {
    const { geometry } = await geometryOf(sample, options.signal);
    return posterOfGeometry(geometry, options);
  },
};

interface Drawn {
  readonly geometry: Geometry;
  readonly extent: Extent;
  readonly hasColors: boolean;
}

async function geometryOf(sample: MediaSample, signal: AbortSignal): Promise<Drawn> {
  const mesh = meshOf(sample);
  const { positions, triangles } = await mesh.geometry({ signal });
  const vertices = positions.data.length / 3;
  const colors = mesh.compression === 'ply' ? await colorsOf(mesh, vertices, signal) : undefined;
  const extent = extentOf(positions.data);
  return {
    geometry: {
      positions: centred(positions.data, extent),
      colors,
      triangles: triangles.data.length > 0 ? triangles.data : undefined,
      // A surface has more triangles than vertices. With fewer it was cut, and they may be too small to be seen.
      showsPoints: mesh.compression === 'ply' && triangles.data.length / 3 < vertices,
    },
    extent,
    hasColors: colors !== undefined,
  };
}

/** The colours of the vertices of a PLY file, as bytes; undefined when it has none. */
async function colorsOf(
  mesh: MeshSample,
  vertices: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { vertex } = await mesh.elements(['vertex'], { signal });
  const bands = ['red', 'green', 'blue'].map((name) => vertex?.properties[name]);
  const out = new Uint8Array(3 * vertices);
  for (const [c, band] of bands.entries()) {
    if (!(band instanceof Uint8Array)) return undefined;
    for (let i = 0; i < vertices; i++) out[3 * i + c] = band[i] ?? 0;
  }
  return out;
}

/** The lengths of a box, as `4.2 × 3 × 1.05`. */
export function formatExtent({ min, max }: Extent): string {
  return min.map((low, axis) => Number(((max[axis] ?? low) - low).toPrecision(4))).join(' × ');
}

function meshOf(sample: MediaSample): MeshSample {
  if (isMesh(sample)) return sample;
  throw new TypeError('A mesh tensor gave no mesh.');
}

function isMesh(sample: MediaSample): sample is MeshSample {
  return 'geometry' in sample;
}
