/** Undo and redo of the open branch: what the library keeps of it, as the page uses it. */
import type { Dataset, UndoStack, UndoStep } from '../src/index.js';

/** Groups changes into steps, and goes back and forth between them. */
export class UndoSteps {
  /** Called when there is another step to undo or to redo. */
  onChange: () => void = () => {};
  #stack: UndoStack | undefined;
  #stop: () => void = () => {};

  /** Whether changes are recorded. */
  get isOn(): boolean {
    return this.#stack !== undefined;
  }

  /** Why the steps of an earlier page are not there; undefined when they are. */
  get damage(): unknown {
    return this.#stack?.damage;
  }

  /** The step that {@link go} undoes next. */
  get last(): UndoStep | undefined {
    return this.#stack?.canUndo ? this.#stack.done[0] : undefined;
  }

  /** The step that {@link go} does again next. */
  get next(): UndoStep | undefined {
    return this.#stack?.canRedo ? this.#stack.undone[0] : undefined;
  }

  /** Records the changes of a dataset from now on, after those that an earlier page recorded; undefined records none. */
  async watch(dataset: Dataset | undefined): Promise<void> {
    this.#stop();
    this.#stack = undefined;
    this.#stack = await dataset?.undoStack();
    this.#stop = this.#stack?.onChange(() => this.onChange()) ?? (() => {});
    this.onChange();
  }

  /** Whether a step is the one that is undone next. */
  isLast({ label, time }: UndoStep): boolean {
    return this.last?.label === label && this.last?.time.getTime() === time.getTime();
  }

  /** Makes a change as one step under a name. */
  group<T>(label: string, change: () => Promise<T>): Promise<T> {
    return this.#stack ? this.#stack.group(label, change) : change();
  }

  /** Undoes the last step, or does the next one again. @returns undefined when there is none. */
  async go(redo: boolean): Promise<UndoStep | undefined> {
    return redo ? this.#stack?.redo() : this.#stack?.undo();
  }
}
