/** A picture with boxes on canvas: drawn by dragging, selected, moved, resized by eight handles. */
import {
  boxBetween,
  findBox,
  findHandle,
  type Handle,
  handlePoint,
  handles,
  moveBox,
  type PixelBox,
  type Point,
  resizeBox,
  type Size,
} from '../box-geometry.js';
import { element } from '../element.js';
import { paintBox, paintHandle } from './box-paint.js';

/** What the panel tells. */
export interface BoxEvents {
  /** Boxes that a finished gesture or key has changed. */
  onChange(boxes: readonly PixelBox[]): void;
  /** Another box is selected; -1 is none. */
  onSelect(index: number): void;
}

/** The picture and its boxes. */
export interface BoxPanel {
  readonly element: HTMLElement;
  readonly boxes: readonly PixelBox[];
  readonly selected: number;
  /** Shows a picture; it stays the caller's and may be closed after the call. Undefined shows only the field. */
  show(bitmap: ImageBitmap | undefined, size: Size): void;
  /** Shows boxes, with none selected. */
  setBoxes(boxes: readonly PixelBox[], canEdit: boolean): void;
  select(index: number): void;
  /** Moves the selected box by pixels of the picture, or its lower right corner. */
  nudge(dx: number, dy: number, resizes: boolean): void;
  /** Adds a box in the middle and selects it. */
  add(): void;
  /** Deletes the selected box. */
  remove(): void;
}

type Drag =
  | { readonly kind: 'draw'; readonly from: Point }
  | { readonly kind: 'move'; readonly from: Point; readonly box: PixelBox }
  | { readonly kind: 'resize'; readonly handle: Handle; readonly box: PixelBox };

const MARGIN = 24;
const REACH = { mouse: 9, pen: 14, touch: 22 } as const;
const LEAST_DRAG = 5; // a shorter one on the screen is a click
const cursors: Readonly<Record<string, string>> = {
  '-1-1': 'nwse',
  '11': 'nwse',
  '1-1': 'nesw',
  '-11': 'nesw',
  '0-1': 'ns',
  '01': 'ns',
  '-10': 'ew',
  '10': 'ew',
};

/** Makes the panel. */
export function createBoxPanel(events: BoxEvents): BoxPanel {
  const picture = element('canvas', { class: 'stage-picture' });
  const overlay = element('canvas', { class: 'stage-boxes', tabindex: 0, role: 'application' });
  const stage = element('div', { class: 'stage' }, picture, overlay);
  let size: Size = { width: 1, height: 1 };
  let boxes: readonly PixelBox[] = [];
  let selected = -1;
  let canEdit = false;
  let drag: Drag | undefined;
  let draft: PixelBox | undefined;
  let before: readonly PixelBox[] = [];
  let frame = 0;

  /** Where the picture lies on the stage, in CSS pixels. */
  const field = (): { left: number; top: number; scale: number } => {
    const margin = stage.clientWidth < 560 ? 8 : MARGIN;
    const [width, height] = [stage.clientWidth - 2 * margin, stage.clientHeight - 2 * margin];
    const scale = Math.max(0.001, Math.min(width / size.width, height / size.height, 4));
    return {
      left: (stage.clientWidth - size.width * scale) / 2,
      top: (stage.clientHeight - size.height * scale) / 2,
      scale,
    };
  };

  const pointOf = (event: PointerEvent): Point => {
    const { left, top, scale } = field();
    const edge = overlay.getBoundingClientRect();
    return { x: (event.clientX - edge.left - left) / scale, y: (event.clientY - edge.top - top) / scale };
  };

  const reachOf = (event: PointerEvent): number => {
    const css = event.pointerType === 'touch' ? REACH.touch : event.pointerType === 'pen' ? REACH.pen : REACH.mouse;
    return css / field().scale;
  };

  const layout = (): void => {
    const { left, top, scale } = field();
    picture.style.width = `${size.width * scale}px`;
    picture.style.height = `${size.height * scale}px`;
    picture.style.transform = `translate(${left}px, ${top}px)`;
    overlay.width = Math.round(stage.clientWidth * devicePixelRatio);
    overlay.height = Math.round(stage.clientHeight * devicePixelRatio);
    paint();
  };

  const schedule = (): void => {
    if (frame === 0) frame = requestAnimationFrame(paint);
  };

  const paint = (): void => {
    frame = 0;
    const context = overlay.getContext('2d');
    if (!context) return;
    const { left, top, scale } = field();
    const toScreen = ([x, y, w, h]: PixelBox): PixelBox => [left + x * scale, top + y * scale, w * scale, h * scale];
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, stage.clientWidth, stage.clientHeight);
    for (const [i, box] of boxes.entries()) if (i !== selected) paintBox(context, toScreen(box), i, false);
    const chosen = boxes[selected];
    if (chosen) {
      paintBox(context, toScreen(chosen), selected, true);
      if (canEdit) for (const handle of handles) paintHandle(context, handlePoint(toScreen(chosen), handle));
    }
    if (draft) paintBox(context, toScreen(draft), boxes.length, true);
  };

  const select = (index: number): void => {
    if (index !== selected) {
      selected = index;
      events.onSelect(index);
    }
    describe();
    schedule();
  };

  const describe = (): void => {
    const count = boxes.length === 1 ? '1 box' : `${boxes.length} boxes`;
    const chosen = boxes[selected];
    const which = chosen
      ? `; box ${selected + 1} is selected, at ${chosen[0]}, ${chosen[1]}, ${chosen[2]} by ${chosen[3]}`
      : '';
    overlay.setAttribute('aria-label', `Photo with ${count}${which}`);
  };

  const change = (next: readonly PixelBox[]): void => {
    boxes = next;
    schedule();
  };

  const replaceSelected = (box: PixelBox): void => change(boxes.map((old, i) => (i === selected ? box : old)));

  const commit = (): void => {
    describe();
    events.onChange(boxes);
  };

  const begin = (event: PointerEvent): Drag | undefined => {
    const point = pointOf(event);
    const chosen = boxes[selected];
    const handle = canEdit && chosen ? findHandle(chosen, point, reachOf(event)) : undefined;
    if (chosen && handle) return { kind: 'resize', handle, box: chosen };
    const hit = findBox(boxes, point);
    const box = boxes[hit];
    select(hit);
    if (!canEdit) return undefined;
    return box ? { kind: 'move', from: point, box } : { kind: 'draw', from: point };
  };

  overlay.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || drag) return;
    before = boxes;
    drag = begin(event);
    if (drag) overlay.setPointerCapture(event.pointerId);
  });

  overlay.addEventListener('pointermove', (event) => {
    const point = pointOf(event);
    if (!drag) {
      overlay.style.cursor = canEdit ? cursorAt(event, point) : 'default';
      return;
    }
    if (drag.kind === 'draw') draft = boxBetween(drag.from, point, size);
    else if (drag.kind === 'move')
      replaceSelected(moveBox(drag.box, point.x - drag.from.x, point.y - drag.from.y, size));
    else replaceSelected(resizeBox(drag.box, drag.handle, point, size));
    schedule();
  });

  overlay.addEventListener('pointerup', () => {
    if (!drag) return;
    drag = undefined;
    const least = LEAST_DRAG / field().scale;
    if (draft && draft[2] >= least && draft[3] >= least) {
      change([...boxes, draft]);
      select(boxes.length - 1);
    }
    draft = undefined;
    schedule();
    if (boxes !== before && String(boxes) !== String(before)) commit();
  });

  overlay.addEventListener('pointercancel', () => {
    drag = undefined;
    draft = undefined;
    change(before);
  });

  const cursorAt = (event: PointerEvent, point: Point): string => {
    const chosen = boxes[selected];
    const handle = chosen && findHandle(chosen, point, reachOf(event));
    if (handle) return `${cursors[handle.join('')]}-resize`;
    return findBox(boxes, point) >= 0 ? 'move' : 'crosshair';
  };

  new ResizeObserver(layout).observe(stage);

  return {
    element: stage,
    get boxes() {
      return boxes;
    },
    get selected() {
      return selected;
    },
    show(bitmap, next) {
      size = next;
      picture.width = bitmap?.width ?? 1;
      picture.height = bitmap?.height ?? 1;
      if (bitmap) picture.getContext('2d')?.drawImage(bitmap, 0, 0);
      layout();
    },
    setBoxes(next, editable) {
      drag = undefined;
      draft = undefined;
      canEdit = editable;
      boxes = next;
      select(-1);
      describe();
      schedule();
    },
    select,
    nudge(dx, dy, resizes) {
      const box = boxes[selected];
      if (!canEdit || !box) return;
      const [left, top, width, height] = box;
      const corner = { x: Math.max(left + 1, left + width + dx), y: Math.max(top + 1, top + height + dy) };
      replaceSelected(resizes ? resizeBox(box, [1, 1], corner, size) : moveBox(box, dx, dy, size));
      commit();
    },
    add() {
      if (!canEdit) return;
      const quarter = { x: size.width / 3, y: size.height / 3 };
      change([...boxes, boxBetween(quarter, { x: 2 * quarter.x, y: 2 * quarter.y }, size)]);
      select(boxes.length - 1);
      commit();
    },
    remove() {
      if (!canEdit || !boxes[selected]) return;
      change(boxes.filter((_, i) => i !== selected));
      select(-1);
      commit();
    },
  };
}
