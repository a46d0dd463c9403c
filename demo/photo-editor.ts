/** Saves labels, boxes and captions at once: the latest value of each, one flush for those that came together. */
import type { PixelBox } from './box-geometry.js';
import { messageOf } from './format-text.js';
import type { Operations } from './operations.js';
import type { PhotoDataset } from './photo-dataset.js';
import type { UndoSteps } from './undo-steps.js';

/** Where the changes are. */
export type SaveState =
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'failed'; readonly message: string };

/** Writes what the large view changes. */
export class PhotoEditor {
  /** Called when the state changes. */
  onState: (state: SaveState) => void = () => {};
  /** Called with a row after it was changed. */
  onChange: (index: number) => void = () => {};
  readonly #dataset: PhotoDataset;
  readonly #operations: Operations;
  readonly #steps: UndoSteps;
  readonly #waiting = new Map<string, () => Promise<void>>();
  #running: Promise<void> | undefined;

  /** @param steps - gets each change as a step that can be undone. */
  constructor(dataset: PhotoDataset, operations: Operations, steps: UndoSteps) {
    this.#dataset = dataset;
    this.#operations = operations;
    this.#steps = steps;
  }

  /** Sets the labels of a row; names that are new join the class names. @param changed - the one that came or went. */
  setLabels(index: number, names: readonly string[], changed: string): void {
    const name = names.includes(changed) ? `Label ${changed}` : `Remove label ${changed}`;
    this.#put('labels', index, name, () =>
      this.#dataset.tensor('labels').set(index, names.length > 0 ? [...names] : null),
    );
  }

  /** Sets the boxes of a row. @param more - by how many there are more than before. */
  setBoxes(index: number, boxes: readonly PixelBox[], more: number): void {
    const name = more > 0 ? 'Draw a box' : more < 0 ? 'Delete a box' : 'Move a box';
    this.#put('boxes', index, name, () =>
      this.#dataset.tensor('boxes').set(index, boxes.length > 0 ? [...boxes] : null),
    );
  }

  /** Sets the text of a row. */
  setCaption(index: number, caption: string): void {
    this.#put('captions', index, 'Write a caption', () => this.#dataset.tensor('captions').set(index, caption));
  }

  /** Saves again what failed. */
  retry(): void {
    this.#start();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #put(what: string, index: number, name: string, change: () => Promise<void>): void {
    const key = `${what}/${index}`;
    this.#waiting.set(key, async () => {
      await this.#steps.group(`${name} (row ${index + 1})`, change);
      this.onChange(index);
    });
    this.#start();
  }

  #start(): void {
    if (this.#running || this.#waiting.size === 0) return;
    this.onState({ kind: 'saving' });
    this.#running = this.#save()
      .then(
        () => this.onState({ kind: 'saved' }),
        (error: unknown) => this.onState({ kind: 'failed', message: messageOf(error) }),
      )
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #save(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = new Map(this.#waiting);
      this.#waiting.clear();
      const [first = ''] = batch.keys();
      try {
        await this.#operations.run(`save ${first.split('/')[0]}`, async () => {
          for (const change of batch.values()) await change();
          await this.#dataset.flush();
        });
      } catch (error) {
        // Kept for another try, below what was changed since.
        for (const [key, change] of batch) if (!this.#waiting.has(key)) this.#waiting.set(key, change);
        throw error;
      }
    }
  }
}
