/** Sliders and choices below the stage. */
import { element } from '../element.js';

/** A slider with its name and value in words. */
export interface Slider {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  /** The value; setting it tells nobody. */
  value: number;
}

/** Settings of {@link createSlider}. */
export interface SliderOptions {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly value: number;
  /** Default 1. */
  readonly step?: number;
  /** The value in words; default: the number. */
  readonly format?: (value: number) => string;
  /** Told while it is moved. */
  onInput(value: number): void;
}

let made = 0;

/** Makes a slider. */
export function createSlider({ label, min, max, value, step = 1, format = String, onInput }: SliderOptions): Slider {
  const id = `slider-${++made}`;
  const input = element('input', { type: 'range', id, class: 'slider', min, max, step });
  const output = element('output', { class: 'slider-value', for: id });
  const tell = (): void => {
    output.textContent = format(input.valueAsNumber);
    input.setAttribute('aria-valuetext', output.textContent);
  };
  input.disabled = !(max > min);
  input.valueAsNumber = value;
  tell();
  input.addEventListener('input', () => {
    tell();
    onInput(input.valueAsNumber);
  });
  return {
    element: element('div', { class: 'slider-row' }, element('label', { for: id, text: label }), input, output),
    input,
    get value() {
      return input.valueAsNumber;
    },
    set value(next) {
      input.valueAsNumber = next;
      tell();
    },
  };
}

/** Makes buttons of which one is pressed. @param choices - value and label of each. */
export function createChoice<T extends string>(
  label: string,
  choices: readonly (readonly [value: T, label: string])[],
  chosen: T,
  onChoose: (value: T) => void,
): HTMLElement {
  const group = element('div', { class: 'choice', role: 'group', 'aria-label': label });
  const buttons = choices.map(([value, text]) => {
    const one = element('button', { type: 'button', text, 'aria-pressed': String(value === chosen) });
    one.addEventListener('click', () => {
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === one));
      onChoose(value);
    });
    return one;
  });
  group.append(...buttons);
  return group;
}

/** Runs the latest of many wishes: while one is under way, only the last that came meanwhile is kept. */
export function createLatest<T>(run: (wish: T) => Promise<void>): (wish: T) => void {
  let waiting: { readonly wish: T } | undefined;
  let isRunning = false;
  const next = async (): Promise<void> => {
    isRunning = true;
    while (waiting) {
      const { wish } = waiting;
      waiting = undefined;
      await run(wish);
    }
    isRunning = false;
  };
  return (wish) => {
    waiting = { wish };
    if (!isRunning) void next();
  };
}
