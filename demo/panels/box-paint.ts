/** How boxes and their handles look on the canvas. */
import type { PixelBox, Point } from '../box-geometry.js';

const LINE = '#4fd8f7';
const CHOSEN = '#ffcf4a';
const HANDLE = 5; // half its side
const OUTLINE = 'rgb(4 16 22 / 0.75)';

/** Paints a box with its number, counted from 1; coordinates are CSS pixels of the canvas. */
export function paintBox(
  context: CanvasRenderingContext2D,
  [x, y, width, height]: PixelBox,
  index: number,
  isChosen: boolean,
): void {
  const colour = isChosen ? CHOSEN : LINE;
  if (isChosen) {
    context.fillStyle = 'rgb(255 207 74 / 0.14)';
    context.fillRect(x, y, width, height);
  }
  // A dark line under the bright one keeps it visible on snow and on night alike.
  context.lineJoin = 'round';
  context.strokeStyle = OUTLINE;
  context.lineWidth = 4;
  context.strokeRect(x, y, width, height);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(x, y, width, height);
  const text = String(index + 1);
  context.font = '600 12px system-ui, sans-serif';
  const tag = context.measureText(text).width + 10;
  const above = y >= 20 ? y - 19 : y + 1;
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(x - 1, above, tag, 18, 4);
  context.fill();
  context.fillStyle = '#07171d';
  context.textBaseline = 'middle';
  context.fillText(text, x + 4, above + 9.5);
}

/** Paints a handle around a point. */
export function paintHandle(context: CanvasRenderingContext2D, { x, y }: Point): void {
  context.fillStyle = '#ffffff';
  context.strokeStyle = OUTLINE;
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(x - HANDLE, y - HANDLE, 2 * HANDLE, 2 * HANDLE, 2);
  context.fill();
  context.stroke();
}
