/** What a viewer of one kind of file is: each lies in a file of its own that loads with the first such file. */
import type { MediaSample } from '../../src/index.js';

/** A fact about a file: its name and its value in words. */
export type Fact = readonly [name: string, value: string];

/** What a viewer gets from the page. */
export interface ViewerHost {
  /** Aborted when something else is shown. */
  readonly signal: AbortSignal;
  /** Says what is being waited for; shown until the stage is there, and while a text is set. */
  progress(text: string): void;
  /** Shows facts below those that every file has; replaces those of the call before. */
  facts(facts: readonly Fact[]): void;
  /** Tells what went wrong after the stage came. */
  fail(error: unknown): void;
}

/** A file on the stage. */
export interface Stage {
  /** Fills the stage. */
  readonly element: HTMLElement;
  /** Lies below it. */
  readonly controls?: HTMLElement;
  /** Lies beside it, under a title. */
  readonly aside?: { readonly title: string; readonly element: HTMLElement };
  /** Keys that {@link press} takes, with their meaning. */
  readonly keys: readonly (readonly [keys: string, meaning: string])[];
  /** Handles a key. Returns false for those that are none of its own. */
  press(event: KeyboardEvent): boolean;
  /** Lets go of all that is held. */
  close(): void;
}

/** How large a poster may be, in pixels. */
export interface PosterOptions {
  readonly width: number;
  readonly height: number;
  readonly signal: AbortSignal;
}

/** Shows the files of one kind. */
export interface Viewer {
  /** Makes the stage of a sample. Rejects with what the page should tell. */
  open(sample: MediaSample, host: ViewerHost): Promise<Stage>;
  /** Makes the small picture of a sample for the grid. */
  poster(sample: MediaSample, options: PosterOptions): Promise<ImageBitmap>;
}
