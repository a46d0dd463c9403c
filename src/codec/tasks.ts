/**
 * Work of codecs that is neither decoding nor encoding of a whole sample, such as turning the frame of a video into RGB.
 *
 * A task is a line in {@link TaskMap}, which gives its types, and one in {@link tasks}, which loads it when first needed.
 */
import type { CallOptions } from '../store/types.js';
import type { Awaitable } from '../util/bytes.js';
import type { CodecConfig } from './types.js';

/** Input and output of each task. Both cross between threads: plain data, typed arrays, and what else can be cloned. */
export type TaskMap = {};

/** Name of a task. */
export type TaskName = keyof TaskMap;
/** What a task takes. */
export type TaskInput<K extends TaskName> = TaskMap[K]['input'];
/** What a task gives. */
export type TaskOutput<K extends TaskName> = TaskMap[K]['output'];

/** Does a task. Buffers inside of the result are handed over: they may be of nobody else. */
export type Task<K extends TaskName> = (input: TaskInput<K>, config: CodecConfig) => Awaitable<TaskOutput<K>>;

/** Options of a call that runs a task. */
export interface TaskOptions extends CallOptions {
  /** What of the input is handed over and not copied, once the task has begun. */
  readonly transfer?: readonly Transferable[];
}

const tasks: { readonly [K in TaskName]: () => Promise<Task<K>> } = {};

/** Loads a task. */
export function loadTask<K extends TaskName>(name: K): Promise<Task<K>> {
  return tasks[name]();
}

const MAX_DEPTH = 4; // outputs are shallow

/** What of an output can be handed over: the buffers of typed arrays, and frames, wherever they lie in it. */
export function transferablesOf(value: unknown, depth = 0): Transferable[] {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  if (value instanceof ArrayBuffer) return [value];
  if (typeof ImageBitmap !== 'undefined' && value instanceof ImageBitmap) return [value];
  if (typeof VideoFrame !== 'undefined' && value instanceof VideoFrame) return [value];
  return [...new Set(Object.values(value).flatMap((inner) => transferablesOf(inner, depth + 1)))];
}
