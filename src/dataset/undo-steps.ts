/** The list of the steps that can be undone and redone, and what becomes of it. Pure. */
import { corrupt } from '../util/byte-reader.js';
import { type Bytes, utf8Decode, utf8Encode } from '../util/bytes.js';

const version = 1;
const mostSteps = 100_000; // of a list that is read: more than anybody keeps

/** A record of what one write changed. */
export interface StepPart {
  /** Number of the record, which is its name. */
  readonly id: number;
  /** Its length. */
  readonly bytes: number;
  /** Its CRC-32. */
  readonly crc: number;
}

/** One user action, as it is stored. */
export interface StoredStep {
  readonly label?: string;
  /** When it began: milliseconds since 1970. */
  readonly time: number;
  /** What its writes changed, in their order. */
  readonly parts: readonly StepPart[];
}

/** The steps of one head, oldest first: the next to be undone, and the next to be redone, are the last. */
export interface Steps {
  /** Number of the next record. */
  readonly next: number;
  readonly done: readonly StoredStep[];
  readonly undone: readonly StoredStep[];
}

/** How much is kept. */
export interface UndoLimits {
  readonly steps: number;
  readonly bytes: number;
}

/** Where steps come from, or go to. */
export type Side = 'done' | 'undone';

/** No steps, and the number to go on with. */
export function noSteps(next = 0): Steps {
  return { next, done: [], undone: [] };
}

/** Length of the records of a step, in bytes. */
export function stepBytes({ parts }: StoredStep): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Numbers of all records of a list. */
export function recordsOf({ done, undone }: Steps): number[] {
  return [...done, ...undone].flatMap(({ parts }) => parts.map(({ id }) => id));
}

/**
 * Adds what a write changed, to the step that it belongs to or as a new one; what was undone is gone. When the step has
 * become larger than the limit, all steps are: nothing before it can be undone any more.
 *
 * @param joins - number of the first record of the step that it belongs to.
 */
export function withPart(
  steps: Steps,
  part: StepPart,
  {
    label,
    time,
    joins,
  }: { readonly label?: string | undefined; readonly time: number; readonly joins?: number | undefined },
  limits: UndoLimits,
): Steps {
  const last = steps.done.at(-1);
  const next = part.id + 1;
  const isJoined = last !== undefined && last.parts[0]?.id === joins;
  const step = isJoined
    ? { ...last, parts: [...last.parts, part] }
    : { ...(label !== undefined && { label }), time, parts: [part] };
  if (stepBytes(step) > limits.bytes) return noSteps(next);
  const done = [...(isJoined ? steps.done.slice(0, -1) : steps.done), step];
  return bounded({ next, done, undone: [] }, 'done', limits);
}

/**
 * Moves the last step to the other side.
 *
 * @param part - what leads back; left out when that is too large: then the other side ends here.
 */
export function withMoved(steps: Steps, from: Side, part: StepPart | undefined, limits: UndoLimits): Steps {
  const to = from === 'done' ? 'undone' : 'done';
  const step = steps[from].at(-1);
  if (!step) return steps;
  const there = part ? [...steps[to], { ...step, parts: [part] }] : [];
  const moved = { ...steps, next: part ? part.id + 1 : steps.next };
  const [done, undone] = from === 'done' ? [steps.done.slice(0, -1), there] : [there, steps.undone.slice(0, -1)];
  return bounded({ ...moved, done, undone }, to, limits);
}

/** Drops what is farthest away until the limits are kept, on the side that was not added to first. */
function bounded(steps: Steps, added: Side, limits: UndoLimits): Steps {
  let { done, undone } = steps;
  const isOver = (): boolean => {
    const all = [...done, ...undone];
    return all.length > limits.steps || all.reduce((sum, step) => sum + stepBytes(step), 0) > limits.bytes;
  };
  while (isOver()) {
    const fromDone = added === 'undone' ? done.length > 0 : undone.length === 0;
    if (fromDone) done = done.slice(1);
    else undone = undone.slice(1);
  }
  return { ...steps, done, undone };
}

/** Bytes of the list. */
export function serializeSteps(steps: Steps): Bytes {
  return utf8Encode(JSON.stringify({ version, ...steps }));
}

/** Reads a list. @param key - of it @throws {DatasetError} `corrupt` */
export function parseSteps(bytes: Bytes, key: string): Steps {
  let value: unknown;
  try {
    value = JSON.parse(utf8Decode(bytes));
  } catch {
    throw corrupt(key, 'list of steps', 'JSON', `${bytes.length} bytes of something else`);
  }
  const { version: got, next, done, undone } = fields(value, key);
  if (got !== version) throw corrupt(key, 'version of the list of steps', String(version), String(got));
  const steps = { next: whole(next, key), done: stepsFrom(done, key), undone: stepsFrom(undone, key) };
  const ids = recordsOf(steps);
  if (new Set(ids).size !== ids.length || ids.some((id) => id >= steps.next))
    throw corrupt(key, 'numbers of records', `different ones below ${steps.next}`, ids.slice(0, 20).join(', '));
  return steps;
}

function stepsFrom(value: unknown, key: string): StoredStep[] {
  return list(value, key).map((one) => {
    const { label, time, parts } = fields(one, key);
    if (label !== undefined && typeof label !== 'string') throw corrupt(key, 'label', 'a string', typeof label);
    const stored = list(parts, key).map((part) => {
      const { id, bytes, crc } = fields(part, key);
      return { id: whole(id, key), bytes: whole(bytes, key), crc: whole(crc, key) };
    });
    if (stored.length === 0) throw corrupt(key, 'records of a step', 'one or more', 'none');
    return { ...(label !== undefined && { label }), time: whole(time, key), parts: stored };
  });
}

function fields(value: unknown, key: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return { ...value };
  throw corrupt(key, 'list of steps', 'an object', typeof value);
}

function list(value: unknown, key: string): unknown[] {
  if (Array.isArray(value) && value.length <= mostSteps) return value;
  throw corrupt(key, 'list of steps', `a list of at most ${mostSteps}`, typeof value);
}

function whole(value: unknown, key: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw corrupt(key, 'number', 'a whole number from 0', String(value));
}
