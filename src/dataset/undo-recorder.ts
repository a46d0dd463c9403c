import type { Recorder } from '../chunk/draft.js';
import type { EncodeOptions } from '../codec/types.js';
import { isDatasetError } from '../errors.js';
import type { Put } from '../store/types.js';
import type { Session } from './session.js';
import type { Managed } from './stored-head.js';
import { UndoLog } from './undo-log.js';
import { type Side, type StoredStep, stepBytes, type UndoLimits } from './undo-steps.js';

/** A user action that can be undone or redone. */
export interface UndoStep {
  /** Name that was given to {@link UndoStack.group}; left out for edits outside of groups. */
  readonly label?: string;
  /** When its first change was stored. */
  readonly time: Date;
  /** Bytes that are kept to lead back. */
  readonly bytes: number;
}

/** A step that is not complete yet: writes to come may belong to it. */
interface OpenStep {
  readonly label?: string;
  readonly isGroup: boolean;
  /** Number of its first record. */
  joins?: number | undefined;
  /** Whether it was larger than the limit: what else belongs to it is not recorded. */
  tooLarge?: boolean;
}

/** Records what a session stores, as steps of the head that is open. */
export class UndoRecorder implements Recorder {
  /** How much is kept. */
  limits: UndoLimits;
  /** Steps that can be undone, and those that can be redone; the next one of each is the first. */
  shown: Readonly<Record<Side, readonly UndoStep[]>> = { done: [], undone: [] };
  /** Told when the steps have changed. */
  readonly listeners = new Set<() => void>();
  readonly #managed: Managed;
  readonly #closedKeys = new Set<string>();
  readonly #encodings = new Map<string, EncodeOptions>();
  #head: string;
  #log: UndoLog;
  #open: OpenStep | undefined;
  #depth = 0;
  #begun: Promise<void> | undefined;

  private constructor(managed: Managed, limits: UndoLimits, log: UndoLog) {
    this.#managed = managed;
    this.#head = managed.session.snapshot.commit;
    this.limits = limits;
    this.#log = log;
    this.#show();
  }

  /** Reads what was recorded before, and deletes what heads have left that are none any more. */
  static async open(managed: Managed, limits: UndoLimits): Promise<UndoRecorder> {
    const { store, snapshot } = managed.session;
    const log = await UndoLog.open(store, snapshot.commit);
    if (log.damage !== undefined && !isDatasetError(log.damage, 'corrupt')) throw log.damage; // there may be steps
    const { commits } = snapshot.versions;
    const left = await log.leftovers((id) => commits.get(id)?.time === null);
    if (left.length > 0) await store.write?.(left);
    return new UndoRecorder(managed, limits, log);
  }

  /** The stored steps of the open head. */
  get log(): UndoLog {
    return this.#log;
  }

  /** Whether a group of edits is under way. */
  get isInGroup(): boolean {
    return this.#depth > 0;
  }

  /** Stores changes, and with them what leads back. Calls follow one another. @param isLast - of one flush */
  async write(puts: readonly Put[], isLast: boolean): Promise<void> {
    this.#noteHandles();
    this.#open ??= { isGroup: false };
    const open = this.#open;
    const step = { label: open.label, time: Date.now(), joins: open.joins };
    const planned = open.tooLarge ? undefined : await this.#log.planWrite(puts, step, this.limits);
    if (planned) {
      await this.#writeBoth(puts, planned);
      const { done } = this.#log.steps;
      open.joins = done.at(-1)?.parts[0]?.id;
      open.tooLarge = done.length === 0;
    } else await this.#session.store.write?.(puts);
    if (isLast && !open.isGroup) this.#open = undefined;
    if (planned) this.#show();
  }

  /** Where there is no room for both, the changes count for more than the steps. */
  async #writeBoth(puts: readonly Put[], planned: Awaited<ReturnType<UndoLog['emptied']>>): Promise<void> {
    const { store } = this.#session;
    let settled = planned;
    try {
      await store.write?.([...puts, ...planned.puts]);
    } catch (error) {
      if (!isDatasetError(error, 'storage') || error.data.reason !== 'quota') throw error;
      settled = await this.#log.emptied();
      await store.write?.([...puts, ...settled.puts]);
    }
    this.#log.settle(settled);
  }

  /** Goes on with the state that the session has come to: another head, or the same one anew. */
  async moved(): Promise<void> {
    const { store, snapshot } = this.#session;
    this.#log = await UndoLog.open(store, snapshot.commit);
    const isSame = this.#head === snapshot.commit;
    this.#head = snapshot.commit;
    if (this.#open) {
      const last = this.#log.steps.done.at(-1)?.parts[0]?.id;
      if (!isSame || this.#open.joins !== last) this.#open.joins = undefined;
      if (!isSame) this.#open.tooLarge = false;
    }
    this.#show();
  }

  /** Begins a group, or joins the one that is under way. @throws {DatasetError} `storage` */
  async enter(label: string): Promise<void> {
    if (this.#depth++ === 0)
      this.#begun = this.#session.exclusive(async () => {
        await this.#session.inUse.writer?.flush();
        this.#open = { label, isGroup: true };
      });
    try {
      await this.#begun;
    } catch (error) {
      this.#depth--;
      throw error;
    }
  }

  /** Ends a group, unless others have joined it that are under way. @throws {DatasetError} `storage` */
  async leave(): Promise<void> {
    if (--this.#depth > 0) return;
    await this.#session.exclusive(async () => {
      try {
        await this.#session.inUse.writer?.flush();
      } finally {
        this.#open = undefined;
      }
    });
  }

  /** Forgets all steps of the head that is open. */
  async drop(): Promise<void> {
    const planned = await this.#log.emptied();
    if (planned.puts.length > 0) await this.#session.store.write?.(planned.puts);
    this.#log.settle(planned);
    if (this.#open) this.#open.joins = undefined;
    this.#show();
  }

  /** Gives the handles of a dataset back what they knew of tensors, once those are back. */
  async restoreHandles(move: () => Promise<void>): Promise<void> {
    const { handles, closedNames, session } = this.#managed;
    this.#noteHandles();
    const unknown = [...closedNames].filter((name) => session.keyOf(name) === undefined);
    await move();
    handles.clear();
    closedNames.clear();
    for (const name of unknown) closedNames.add(name);
    const { tensors, tensorNames } = session.meta;
    const named = new Map(Object.entries(tensorNames).map(([name, key]) => [key, name])); // none: a key is the name
    for (const key of tensors) if (this.#closedKeys.has(key)) closedNames.add(named.get(key) ?? key);
    for (const [key, encode] of this.#encodings) if (!session.encodings.has(key)) session.encodings.set(key, encode);
  }

  #noteHandles(): void {
    const { closedNames, session } = this.#managed;
    for (const name of closedNames) {
      const key = session.keyOf(name);
      if (key !== undefined) this.#closedKeys.add(key);
    }
    for (const [key, encode] of session.encodings) this.#encodings.set(key, encode);
  }

  get #session(): Session {
    return this.#managed.session;
  }

  #show(): void {
    const { done, undone } = this.#log.steps;
    this.shown = { done: done.map(shownStep).reverse(), undone: undone.map(shownStep).reverse() };
    for (const listener of this.listeners) queueMicrotask(listener); // one that fails must not fail what was stored
  }
}

/** A stored step as it is shown. */
export function shownStep(step: StoredStep): UndoStep {
  const { label, time } = step;
  return { ...(label !== undefined && { label }), time: new Date(time), bytes: stepBytes(step) };
}
