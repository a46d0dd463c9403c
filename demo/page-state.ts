/** What is open, and what of it is on the page. */
import type { CommitEntry, Dataset } from '../src/index.js';
import type { BarState } from './panels/action-bar.js';
import type { QueryHits } from './panels/query-panel.js';
import type { PastStates } from './past-states.js';
import { type PhotoDataset, photosName } from './photo-dataset.js';
import type { PhotoEditor } from './photo-editor.js';
import type { RowSource } from './row-source.js';
import type { UndoSteps } from './undo-steps.js';

/** A dataset that somebody else made, open to look at. */
export interface Guest {
  readonly dataset: Dataset;
  readonly name: string;
}

/** An earlier state, or the rows of a saved view, that is shown instead of the open dataset. */
export interface Glance {
  /** What it is, as a sentence. */
  readonly text: string;
  readonly dataset: Dataset;
  /** Numbers of the rows; undefined for all. */
  readonly rows: ArrayLike<number> | undefined;
  /** The commit, when all of it is shown. */
  readonly entry: CommitEntry | undefined;
}

/** The state of the page, which the actions change. */
export class PageState {
  /** The own dataset, once there is one. */
  photos: PhotoDataset | undefined;
  guest: Guest | undefined;
  glance: Glance | undefined;
  /** Earlier states of the dataset that is open. */
  past: PastStates | undefined;
  /** The rows that are shown. */
  source: RowSource | undefined;
  /** What the filter box found. */
  hits: QueryHits | undefined;
  /** Writes into the own dataset, unless it can only be read. */
  editor: PhotoEditor | undefined;
  /** Whether another tab writes to the own dataset. */
  isLocked = false;
  /** Whether something is under way that nothing else may come between. */
  isBusy = false;
  /** Whether the first dataset is being opened: until then nothing is shown that might have to go again. */
  isOpening = true;
  /** Whether a guest's rows are wanted as a table. */
  showsTable = false;
  /** Whether rows came or went since they were shown. */
  hasMoved = false;

  /** What is open: the guest while there is one. */
  get opened(): Dataset | undefined {
    return this.guest?.dataset ?? this.photos;
  }

  /** What is on the page. */
  get shown(): Dataset | undefined {
    return this.glance?.dataset ?? this.opened;
  }

  /** Whether the history of what is open can be changed. */
  get canEdit(): boolean {
    return !this.guest && this.editor !== undefined;
  }

  /** Who may change the rows on the page. */
  get shownEditor(): PhotoEditor | undefined {
    return this.guest || (this.glance && this.glance.dataset !== this.photos) ? undefined : this.editor;
  }

  /** Whether there is something to show as pictures. */
  get hasPictures(): boolean {
    return this.source?.hasPictures === true && (this.source.length > 0 || this.source.isPart);
  }

  /** Whether the rows are shown as a table. */
  get isTable(): boolean {
    return this.guest !== undefined && (this.showsTable || !this.hasPictures);
  }

  /** Resolves when the large view's changes are stored. */
  async settle(): Promise<void> {
    await this.editor?.settled();
  }

  /** Whether there is nothing yet, not even steps or commits to go back to. */
  isEmpty(steps: UndoSteps): boolean {
    const hasHistory = this.photos?.commitId !== undefined || steps.last !== undefined || steps.next !== undefined;
    return !this.guest && (this.photos?.length ?? 0) === 0 && !hasHistory;
  }

  /** What the head of the page says. */
  barState(steps: UndoSteps): BarState {
    const { guest, glance, shownEditor } = this;
    return {
      name: guest?.name ?? (this.isEmpty(steps) ? undefined : `idb://${photosName}`),
      rows: this.shown?.length ?? 0,
      isGuest: guest !== undefined,
      isLocked: this.isLocked && !guest,
      isBusy: this.isBusy,
      past: glance && {
        text: glance.text,
        back: `Back to ${this.opened?.branch}`,
        canBranch: this.canEdit && glance.entry !== undefined,
      },
      undo: shownEditor && steps.last && (steps.last.label ?? 'the last change'),
      redo: shownEditor && steps.next && (steps.next.label ?? 'the last change'),
      views: guest && this.hasPictures ? (this.isTable ? 'table' : 'photos') : undefined,
    };
  }
}
