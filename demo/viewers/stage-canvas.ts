/** A canvas that is as large as its place on the stage, and is painted again when that changes. */
import { element } from '../element.js';

/** Paints in CSS pixels. */
export type Paint = (context: CanvasRenderingContext2D, width: number, height: number) => void;

/** A canvas on the stage. */
export interface StageCanvas {
  readonly element: HTMLCanvasElement;
  /** Paints in the next frame. */
  schedule(): void;
  close(): void;
}

/** Makes a canvas; it can be focused when it has a label. */
export function createStageCanvas(paint: Paint, label?: string): StageCanvas {
  const canvas = element('canvas', {
    class: 'fit-canvas',
    ...(label !== undefined && { tabindex: 0, role: 'img', 'aria-label': label }),
  });
  const context = canvas.getContext('2d');
  let frame = 0;
  const run = (): void => {
    frame = 0;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!context || width === 0 || height === 0) return;
    const [w, h] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    paint(context, width, height);
  };
  const schedule = (): void => {
    if (frame === 0) frame = requestAnimationFrame(run);
  };
  const observer = new ResizeObserver(run); // before the next paint, so that nothing is seen stretched
  observer.observe(canvas);
  return {
    element: canvas,
    schedule,
    close() {
      observer.disconnect();
      cancelAnimationFrame(frame);
    },
  };
}

/** A rectangle in CSS pixels. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

// Small pictures are enlarged to be seen, but not to blocks as large as a thumb.
const MOST_SCALE = 8;

/** The largest rectangle of a shape that fits into a place, in its middle. */
export function fitRect(shape: { width: number; height: number }, width: number, height: number): Rect {
  const scale = Math.max(0, Math.min(width / shape.width, height / shape.height, MOST_SCALE));
  const [w, h] = [shape.width * scale, shape.height * scale];
  return { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h };
}

/** Draws pixels that were computed, in the middle of a place, without smoothing where they are enlarged much. */
export function drawFitted(
  context: CanvasRenderingContext2D,
  picture: CanvasImageSource & { readonly width: number; readonly height: number },
  rect: Rect,
): void {
  context.imageSmoothingEnabled = rect.width < picture.width * 3;
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, rect.left, rect.top, rect.width, rect.height);
}
