/** The place of the large view where videos, sounds, volumes, points and meshes are shown by their own viewers. */
import type { MediaSample } from '../../src/index.js';
import { element } from '../element.js';
import type { Kind } from '../file-kinds.js';
import { loadViewer } from '../viewers/table.js';
import type { Fact, Stage } from '../viewers/types.js';

/** What the stage tells. */
export interface MediaStageEvents {
  /** Facts of the kind, below those of the file. */
  onFacts(facts: readonly Fact[]): void;
  /** The stage came, or went. */
  onStage(stage: Stage | undefined): void;
  onFailure(error: unknown): void;
}

/** Shows one sample at a time. */
export interface MediaStage {
  readonly element: HTMLElement;
  /** Shows a sample. Resolves when it is there, or when its failure was told. */
  show(kind: Exclude<Kind, 'image'>, sample: MediaSample, signal: AbortSignal): Promise<void>;
  /** Shows nothing. */
  clear(): void;
  /** Gives the focus to what is shown. */
  focus(): void;
  /** Handles a key; false for those that mean nothing here. */
  press(event: KeyboardEvent): boolean;
}

const PATIENCE_MILLISECONDS = 150; // what comes sooner needs no word of waiting

/** Makes the stage. */
export function createMediaStage(events: MediaStageEvents): MediaStage {
  const field = element('div', { class: 'media-field' });
  const strip = element('div', { class: 'media-controls' });
  const waiting = element('p', { class: 'media-waiting', role: 'status', hidden: true });
  const place = element('div', { class: 'media-stage', hidden: true }, field, waiting, strip);
  let stage: Stage | undefined;

  const clear = (): void => {
    stage?.close();
    stage = undefined;
    field.replaceChildren();
    strip.replaceChildren();
    waiting.hidden = true;
    place.hidden = true;
    events.onStage(undefined);
  };

  return {
    element: place,
    async show(kind, sample, signal) {
      clear();
      place.hidden = false;
      waiting.textContent = 'Loading the viewer';
      const patience = setTimeout(() => (waiting.hidden = signal.aborted), PATIENCE_MILLISECONDS);
      try {
        const viewer = await loadViewer(kind);
        signal.throwIfAborted();
        const made = await viewer.open(sample, {
          signal,
          progress(text) {
            if (!signal.aborted) waiting.textContent = text;
          },
          facts(facts) {
            if (!signal.aborted) events.onFacts(facts);
          },
          fail(error) {
            if (!signal.aborted) events.onFailure(error);
          },
        });
        if (signal.aborted) {
          made.close();
          return;
        }
        stage = made;
        field.replaceChildren(made.element);
        if (made.controls) strip.replaceChildren(made.controls);
        events.onStage(made);
      } catch (error) {
        if (signal.aborted) return;
        place.hidden = true;
        events.onFailure(error);
      } finally {
        clearTimeout(patience);
        if (!signal.aborted) waiting.hidden = true;
      }
    },
    clear,
    focus() {
      const target = stage?.element.matches('[tabindex]') ? stage.element : field.querySelector('[tabindex]');
      if (target instanceof HTMLElement) target.focus();
    },
    press: (event) => stage?.press(event) ?? false,
  };
}
