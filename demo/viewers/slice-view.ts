/** One slice of a volume with the lines of the other two. Clicking picks a place, dragging changes the contrast. */
import { createStageCanvas, drawFitted, type Rect, type StageCanvas } from './stage-canvas.js';

/** A slice. */
export interface SliceView extends StageCanvas {
  /** Shows another picture. */
  show(picture: ImageData): void;
}

/** Settings of {@link createSliceView}. */
export interface SliceViewOptions {
  readonly label: string;
  /** Where the slice lies on a canvas of this size. */
  readonly rectOf: (width: number, height: number) => Rect;
  /** Where the lines cross, as parts of the slice. */
  readonly cross: () => readonly [x: number, y: number];
  /** Told of a click, in parts of the slice from 0 to 1. */
  onPick(x: number, y: number): void;
  /** Told of dragging, in pixels. */
  onLevel(dx: number, dy: number): void;
}

const LEAST_DRAG = 3; // pixels; less is a click

/** Makes the view. */
export function createSliceView({ label, rectOf, cross, onPick, onLevel }: SliceViewOptions): SliceView {
  const picture = new OffscreenCanvas(1, 1);
  const canvas = createStageCanvas((context, width, height) => {
    const rect = rectOf(width, height);
    drawFitted(context, picture, rect);
    const [x, y] = cross();
    context.fillStyle = 'rgb(79 216 247 / 0.55)';
    context.fillRect(rect.left + x * rect.width, rect.top, 1, rect.height);
    context.fillRect(rect.left, rect.top + y * rect.height, rect.width, 1);
    context.fillStyle = '#c9d8de';
    context.font = '12px system-ui, sans-serif';
    context.textAlign = 'center';
    context.fillText(label, width / 2, Math.max(14, rect.top - 8));
  }, label);
  const { element } = canvas;
  let from: PointerEvent | undefined;
  let moved = 0;
  element.addEventListener('pointerdown', (event) => {
    element.setPointerCapture(event.pointerId);
    from = event;
    moved = 0;
  });
  element.addEventListener('pointermove', (event) => {
    if (!from) return;
    const [dx, dy] = [event.clientX - from.clientX, event.clientY - from.clientY];
    moved += Math.abs(dx) + Math.abs(dy);
    from = event;
    if (moved > LEAST_DRAG) onLevel(dx, dy);
  });
  element.addEventListener('pointerup', (event) => {
    if (from && moved <= LEAST_DRAG) {
      const box = element.getBoundingClientRect();
      const rect = rectOf(box.width, box.height);
      const x = (event.clientX - box.left - rect.left) / rect.width;
      const y = (event.clientY - box.top - rect.top) / rect.height;
      if (x >= 0 && x < 1 && y >= 0 && y < 1) onPick(x, y);
    }
    from = undefined;
  });
  element.addEventListener('pointercancel', () => (from = undefined));
  return {
    ...canvas,
    show(data) {
      if (picture.width !== data.width || picture.height !== data.height)
        Object.assign(picture, { width: data.width, height: data.height });
      picture.getContext('2d')?.putImageData(data, 0, 0);
      canvas.schedule();
    },
  };
}
