/** Which frames a call asks for, in its order. */
import type { VideoIndex } from './video-index.js';
import type { FrameOptions } from './video-types.js';

/**
 * Gives the numbers of the frames that are asked for, as slices do: what lies outside is cut away.
 *
 * Lists packets only as far as needed: of a range from the front no further than its end.
 * @throws {RangeError} for `at` with a number that is no frame, and for numbers that are not whole
 */
export async function* frameNumbers(index: VideoIndex, options: FrameOptions): AsyncGenerator<number, void, undefined> {
  const { at, start, end, step = 1 } = options;
  if (at) {
    for (const number of at) yield await frameNumber(index, number, options);
    return;
  }
  for (const [name, value] of Object.entries({ start, end, step })) {
    if (value === undefined || (Number.isSafeInteger(value) && (name !== 'step' || value !== 0))) continue;
    throw new RangeError(`${name} is a whole number${name === 'step' ? ' and not 0' : ''}, got ${value}.`);
  }
  if (step > 0 && (start ?? 0) >= 0 && (end ?? 0) >= 0) {
    for (let i = start ?? 0; i < (end ?? Infinity) && (await index.reach(i + 1, options)) > i; i += step) yield i;
    return;
  }
  const count = await index.count(options);
  const from = (value: number): number => (value < 0 ? value + count : value);
  const first = Math.min(from(start ?? (step > 0 ? 0 : -1)), step > 0 ? count : count - 1);
  if (step > 0) {
    const last = Math.min(from(end ?? count), count);
    for (let i = Math.max(0, first); i < last; i += step) yield i;
  } else {
    const last = end === undefined ? -1 : Math.max(-1, from(end));
    for (let i = first; i > last; i += step) yield i;
  }
}

/** The number of a frame that must exist; negative numbers count from the end. @throws {RangeError} when it does not */
async function frameNumber(index: VideoIndex, number: number, options: FrameOptions): Promise<number> {
  if (Number.isSafeInteger(number)) {
    if (number >= 0 && (await index.reach(number + 1, options)) > number) return number;
    const count = await index.count(options);
    if (number < 0 && number + count >= 0) return number + count;
    throw new RangeError(`Frame ${number} is outside of the video, which has ${count}.`);
  }
  throw new RangeError(`Frames are numbered by whole numbers, got ${number}.`);
}

/** Whether the frames are asked for in the order in which they are shown, each once. */
export function isRising({ at, step = 1 }: FrameOptions): boolean {
  return at ? at.every((number, i) => i === 0 || (number > (at[i - 1] ?? 0) && (at[0] ?? 0) >= 0)) : step > 0;
}
