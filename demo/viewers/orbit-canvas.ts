/** A canvas with a scene that is turned by dragging, keys and two fingers, and its picture for the grid. */
import { element } from '../element.js';
import { type Camera, firstCamera, shifted, turned, zoomed } from './camera.js';
import type { Geometry } from './geometry.js';
import { createScene } from './gl-scene.js';
import type { PosterOptions, Stage } from './types.js';

/** A scene on the stage. */
export interface OrbitCanvas {
  readonly element: HTMLCanvasElement;
  setGeometry(geometry: Geometry): void;
  /** Size of the points in CSS pixels. */
  setPointSize(size: number): void;
  /** Handles a key; false for those that are none of its own. */
  press(event: KeyboardEvent): boolean;
  close(): void;
}

const TURN = 0.008; // radians for each pixel
const KEY_TURN = 0.12;
const ZOOM = 1.15;

/** Keys of {@link OrbitCanvas.press}. */
export const orbitKeys: Stage['keys'] = [
  ['← → ↑ ↓', 'turn'],
  ['+ −', 'nearer, further'],
  ['0', 'first view'],
];

/** Makes the canvas. @throws {Error} without WebGL 2 */
export function createOrbitCanvas(label: string): OrbitCanvas {
  const canvas = element('canvas', { class: 'fit-canvas orbit', tabindex: 0, role: 'img', 'aria-label': label });
  const scene = createScene(canvas);
  const pointers = new Map<number, PointerEvent>();
  let camera: Camera = firstCamera;
  let pointSize = 3;
  let frame = 0;

  const draw = (): void => {
    frame = 0;
    const [w, h] = [canvas.clientWidth, canvas.clientHeight].map((size) => Math.round(size * devicePixelRatio));
    if (!w || !h) return;
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    scene.draw(camera, w, h, pointSize * devicePixelRatio);
  };
  const look = (next: Camera): void => {
    camera = next;
    if (frame === 0) frame = requestAnimationFrame(draw);
  };
  const span = (): number => {
    const [a, b] = pointers.values();
    return a && b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : 0;
  };

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const wide = span();
    pointers.set(event.pointerId, event);
    const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (pointers.size > 1) look(zoomed(camera, wide / (span() || 1)));
    else if (event.shiftKey || event.buttons === 2) look(shifted(camera, x, y, canvas.clientHeight));
    else look(turned(camera, -x * TURN, y * TURN));
  });
  for (const name of ['pointerup', 'pointercancel'] as const)
    canvas.addEventListener(name, ({ pointerId }) => pointers.delete(pointerId));
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      look(zoomed(camera, event.deltaY > 0 ? ZOOM : 1 / ZOOM));
    },
    { passive: false },
  );
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);

  const views: Readonly<Record<string, () => Camera>> = {
    ArrowLeft: () => turned(camera, -KEY_TURN, 0),
    ArrowRight: () => turned(camera, KEY_TURN, 0),
    ArrowUp: () => turned(camera, 0, KEY_TURN),
    ArrowDown: () => turned(camera, 0, -KEY_TURN),
    '+': () => zoomed(camera, 1 / ZOOM),
    '=': () => zoomed(camera, 1 / ZOOM),
    '-': () => zoomed(camera, ZOOM),
    '0': () => firstCamera,
  };
  return {
    element: canvas,
    setGeometry(geometry) {
      scene.setGeometry(geometry);
      look(camera);
    },
    setPointSize(size) {
      pointSize = size;
      look(camera);
    },
    press({ key }) {
      const view = Object.hasOwn(views, key) ? views[key] : undefined;
      if (view) look(view());
      return view !== undefined;
    },
    close() {
      observer.disconnect();
      cancelAnimationFrame(frame);
      scene.close();
    },
  };
}

/** A size for points that neither hides them nor leaves gaps, in CSS pixels. */
export function pointSizeFor(count: number): number {
  return Math.min(8, Math.max(1.5, 420 / Math.sqrt(Math.max(1, count))));
}

/** Draws a geometry once. The caller closes the bitmap. @throws {Error} without WebGL 2 */
export function posterOfGeometry(geometry: Geometry, { width, height }: PosterOptions): ImageBitmap {
  const canvas = new OffscreenCanvas(width, height);
  const scene = createScene(canvas);
  try {
    scene.setGeometry(geometry);
    scene.draw({ ...firstCamera, distance: 2.7 }, width, height, pointSizeFor(geometry.positions.length / 3) / 1.5);
    return canvas.transferToImageBitmap();
  } finally {
    scene.close();
  }
}
