/** Undo and redo of the edits of the open head. Loaded when they are first asked for. */
import { DatasetError } from '../errors.js';
import { linkedCredsKey } from '../format/keys.js';
import { moveTo } from './history.js';
import { readOnly, type Session } from './session.js';
import type { Managed } from './stored-head.js';
import { endsSteps } from './undo-log.js';
import { shownStep, UndoRecorder, type UndoStep } from './undo-recorder.js';
import type { Side, UndoLimits } from './undo-steps.js';

/** Options of `Dataset.undoStack`. */
export interface UndoOptions {
  /** How many steps are kept, those that can be redone included. Default 100. */
  readonly steps?: number;
  /** How many bytes are kept to lead back. Default 64,000,000. A larger step cannot be undone, nor what was before it. */
  readonly bytes?: number;
}

/** Begins to record the edits of a session; see `Dataset.undoStack`. */
export function undoStack(managed: Managed, options: UndoOptions = {}): Promise<UndoStack> {
  const { session } = managed;
  const limits = limitsOf(options);
  return session.exclusive(async () => {
    await assertHead(session)?.flush();
    session.recorder ??= await UndoRecorder.open(managed, limits);
    session.recorder.limits = limits;
    return new UndoStack(managed, session.recorder);
  });
}

function limitsOf({ steps = 100, bytes = 64_000_000 }: UndoOptions): UndoLimits {
  for (const [name, value] of Object.entries({ steps, bytes }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`Option "${name}" must be a whole number from 1; got ${String(value)}.`);
  return { steps, bytes };
}

/** @returns the writer. @throws {DatasetError} `read-only` unless the open state is a head that may be written. */
function assertHead({ inUse, isWritable, snapshot, store }: Session): Session['inUse']['writer'] {
  if (!isWritable) throw readOnly(store, inUse.unlock && snapshot.commit);
  return inUse.writer;
}

/**
 * The steps of the open head that can be undone and redone, recorded since `Dataset.undoStack` was called, also by
 * earlier pages.
 *
 * A step is a {@link group} of edits, or what one flush has stored outside of groups. It is stored with the changes, in
 * the same write. A commit, a reset and a merge end the steps of the branch; each branch has its own.
 */
export class UndoStack {
  readonly #managed: Managed;
  readonly #recorder: UndoRecorder;

  /** Made by `Dataset.undoStack`. */
  constructor(managed: Managed, recorder: UndoRecorder) {
    this.#managed = managed;
    this.#recorder = recorder;
  }

  /** Steps that can be undone, newest first. */
  get done(): readonly UndoStep[] {
    return this.#recorder.shown.done;
  }

  /** Steps that were undone and can be redone, the next one first. The next edit ends them. */
  get undone(): readonly UndoStep[] {
    return this.#recorder.shown.undone;
  }

  /** Whether there is a stored step to be undone. Edits that are not stored yet become one with {@link undo}. */
  get canUndo(): boolean {
    return this.done.length > 0;
  }

  /** Whether there is a step to be redone. */
  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Why stored steps could not be read, so that the list began empty; undefined when they could. */
  get damage(): unknown {
    return this.#recorder.log.damage;
  }

  /**
   * Makes one step of all edits until `edits` settles; they are stored then. Groups that begin before it ends join it.
   * When `edits` fails, what it has changed is stored and is a step all the same.
   *
   * @param label - what a menu shows, such as `Draw 3 boxes`.
   * @returns what `edits` gave. @throws {DatasetError} `storage`, and what `edits` throws
   */
  async group<T>(label: string, edits: () => T | Promise<T>): Promise<T> {
    this.#assertRecording();
    await this.#recorder.enter(label);
    let result: T;
    try {
      result = await edits();
    } catch (error) {
      await this.#recorder.leave().catch(() => {}); // what failed first is told; the changes wait for the next flush
      throw error;
    }
    await this.#recorder.leave();
    return result;
  }

  /**
   * Takes back the newest step, after storing what is not stored yet: all files are byte for byte what they were.
   * Handles stay valid.
   *
   * @returns the step; undefined when there is none. @throws {TypeError} within a group.
   * @throws {DatasetError} `history` with reason `changed` when something else has changed the same files since, and
   *   `corrupt` when the step is damaged: nothing is changed then, and the steps are dropped. `storage`, `read-only`
   */
  undo(): Promise<UndoStep | undefined> {
    return this.#move('done');
  }

  /** Does again what was undone last: as {@link undo}. */
  redo(): Promise<UndoStep | undefined> {
    return this.#move('undone');
  }

  /** Forgets all steps of the open head; what is not stored yet stays out of it. */
  clear(): Promise<void> {
    return this.#managed.session.exclusive(async () => {
      this.#assertRecording();
      await this.#recorder.drop();
    });
  }

  /** Calls a function after each change of the steps. @returns a function that ends that. */
  onChange(listener: () => void): () => void {
    const own = (): void => listener(); // so that a function that is given twice is called twice
    this.#recorder.listeners.add(own);
    return () => {
      this.#recorder.listeners.delete(own);
    };
  }

  /** Stores what is not stored yet and ends recording. The steps stay stored; later edits may make them useless. */
  stop(): Promise<void> {
    const { session } = this.#managed;
    return session.exclusive(async () => {
      if (session.recorder !== this.#recorder) return;
      await session.inUse.writer?.flush();
      session.recorder = undefined;
    });
  }

  #move(from: Side): Promise<UndoStep | undefined> {
    const { session } = this.#managed;
    const recorder = this.#recorder;
    return session.exclusive(async () => {
      this.#assertRecording();
      if (recorder.isInGroup) throw new TypeError('A group of edits is under way. Undo and redo when it has ended.');
      await assertHead(session)?.flush();
      const step = recorder.log.steps[from].at(-1);
      if (!step) return undefined;
      const planned = await recorder.log.planMove(from, recorder.limits).catch(async (error: unknown) => {
        if (endsSteps(error)) await recorder.drop();
        throw error;
      });
      await session.store.write?.(planned.puts);
      const creds = planned.values.find(({ key }) => key === linkedCredsKey);
      if (creds) (await session.links()).become(creds.bytes);
      await recorder.restoreHandles(() => moveTo(session, session.snapshot.branch));
      return shownStep(step);
    });
  }

  #assertRecording(): void {
    const { session } = this.#managed;
    session.assertOpen();
    if (session.recorder === this.#recorder) return;
    throw new DatasetError('closed', 'The undo stack was stopped. Get another one with undoStack().', {
      what: 'undo stack',
    });
  }
}
