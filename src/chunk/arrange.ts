/** Lays the chunks of a tensor out anew around samples that are taken out and put in. */
import { spanAt } from '../format/byte-positions.js';
import { findChunk } from '../format/chunk-ids.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { Tiling as StoredTiling } from '../format/tiles.js';
import type { Bytes } from '../util/bytes.js';
import { type Codecs, isImageCompression } from './codecs.js';
import { chunkCapacity, Layout } from './layout.js';
import { storageForm } from './limits.js';
import { loadChunk } from './load-chunk.js';
import type { OpenChunk } from './open-chunk.js';
import type { Tiling } from './sample.js';
import { movedBy, type Splice, stretches } from './splice.js';
import type { TensorDraft } from './tensor-draft.js';

/** A sample as it is put into a chunk. */
export interface Cell {
  readonly bytes: Bytes;
  /** As the chunk records it; undefined for empty samples while no dimensions are known. */
  readonly shape: readonly number[] | undefined;
  readonly tiling?: Tiling | undefined;
}

/** Row `row` of the chunk index, from its local sample `from` to `to`. */
interface Copy {
  readonly row: number;
  readonly from: number;
  readonly to: number;
}
type Step =
  | { readonly keep: readonly bigint[]; readonly row: number; readonly count: number; readonly tiled: boolean }
  | { readonly copy: Copy }
  | { readonly cell: Cell };

// A stretch of new chunks below this part of a full one is joined with a neighbour: 2 MB of 8 MB by default, as in
// Deep Lake 3.9.52.
const SMALL_PART = 4;

/** The chunks and the table of tiles of a tensor. */
export interface Arranged {
  readonly layout: Layout;
  readonly tiles: Map<number, StoredTiling>;
}

/**
 * Plans the chunks of a tensor after splices of its items. Only chunks that lose or gain samples are read and made new,
 * under new ids: the old ones stay valid until the new index is stored. Nothing of the draft is changed.
 *
 * @param meta - of the tensor after the change. @param empty - shape that chunks record of empty samples.
 */
export async function arrange(
  draft: TensorDraft,
  meta: TensorMeta,
  splices: readonly Splice<Cell>[],
  empty: readonly number[] | undefined,
  codecs: Codecs,
): Promise<Arranged> {
  const plan = new Plan(draft, storageForm(meta), codecs);
  const steps = await plan.join(stepsOf(draft, splices));
  const layout = new Layout(plan.form, draft.newId, empty);
  const oldTiles = [...draft.tiles().keys()].sort((a, b) => a - b);
  const tiles = new Map<number, StoredTiling>();
  for (const [i, index] of movedBy(splices, oldTiles).entries()) {
    const tiling = draft.tiles().get(oldTiles[i] ?? 0);
    if (index !== undefined && tiling) tiles.set(index, tiling);
  }
  let fresh = false; // whether the last step went into new chunks
  for (const [i, step] of steps.entries()) {
    if ('keep' in step) {
      if (step.tiled) layout.keepTiles(step.keep);
      else for (const id of step.keep) layout.keep(id, step.count);
    } else if ('cell' in step && step.cell.tiling) {
      tiles.set(layout.length, { sampleShape: step.cell.shape ?? [], tileShape: step.cell.tiling.tileShape });
      layout.addTiles(step.cell.tiling.tiles);
    } else {
      if (!fresh) layout.begin(await plan.bytes(stretchFrom(steps, i)));
      if ('cell' in step) layout.add(step.cell.bytes, step.cell.shape);
      else layout.copy(await plan.load(step.copy.row), step.copy.from, step.copy.to);
    }
    fresh = goesIntoChunk(step);
  }
  return { layout, tiles };
}

// What one call of `rearrangeAll` holds in memory, roughly: eight full chunks.
const LEVEL_BYTES = 64_000_000;

/**
 * Plans chunks that are neither too small nor too large for a part of a tensor; to be called until there is nothing to
 * do. Each call leaves fewer chunks, or fewer that are too large.
 *
 * Chunks that are pictures stay as they are: what they would take together is known only when they are made.
 * @returns undefined when there is nothing to do.
 */
export async function rearrangeAll(draft: TensorDraft, codecs: Codecs): Promise<Arranged | undefined> {
  const { meta } = draft;
  if (isImageCompression(storageForm(meta).chunkCompression)) return undefined;
  const plan = new Plan(draft, storageForm(meta), codecs);
  const steps = await plan.level(stepsOf(draft, []));
  if (steps.every((step) => 'keep' in step)) return undefined;
  const layout = new Layout(plan.form, draft.newId, emptyShape(meta));
  let fresh = false;
  for (const step of steps) {
    if ('keep' in step) {
      if (step.tiled) layout.keepTiles(step.keep);
      else for (const id of step.keep) layout.keep(id, step.count);
    } else if ('copy' in step) {
      if (!fresh) layout.begin();
      layout.copy(await plan.load(step.copy.row), step.copy.from, step.copy.to);
    }
    fresh = goesIntoChunk(step);
  }
  return { layout, tiles: new Map(draft.tiles()) };
}

/** The shape that chunks record of empty samples; undefined while no dimensions are known. */
export function emptyShape({ isLink, minShape }: TensorMeta): readonly number[] | undefined {
  if (isLink) return [1];
  return minShape.length > 0 ? minShape.map(() => 0) : undefined;
}

/** What becomes of the chunks one after another, before any are joined. */
function stepsOf(draft: TensorDraft, splices: readonly Splice<Cell>[]): Step[] {
  const { ids, lasts } = draft.chunkIds();
  const tiles = draft.tiles();
  const steps: Step[] = [];
  for (const stretch of stretches(splices, (lasts.at(-1) ?? -1) + 1)) {
    if ('items' in stretch) {
      for (const cell of stretch.items) steps.push({ cell });
      continue;
    }
    for (let at = stretch.start, row = findChunk({ ids, lasts }, at); at < stretch.end; ) {
      const first = (lasts[row - 1] ?? -1) + 1;
      const last = lasts[row] ?? 0;
      let next = row + 1;
      while (lasts[next] === last) next++;
      const to = Math.min(last + 1, stretch.end);
      if (at === first && to === last + 1)
        steps.push({ keep: ids.slice(row, next), row, count: to - at, tiled: next > row + 1 || tiles.has(first) });
      else steps.push({ copy: { row, from: at - first, to: to - first } });
      at = to;
      row = next;
    }
  }
  return steps;
}

/** Whether a step adds to chunks that several samples share. */
function goesIntoChunk(step: Step): boolean {
  return 'copy' in step || ('cell' in step && !step.cell.tiling);
}

/** The steps from `start` on that go into the same stretch of new chunks. */
function stretchFrom(steps: readonly Step[], start: number): readonly Step[] {
  let end = start;
  for (let step = steps[end]; step && goesIntoChunk(step); step = steps[end]) end++;
  return steps.slice(start, end);
}

/** The chunks that a plan reads, and their sizes. */
class Plan {
  readonly form: TensorMeta;
  readonly #draft: TensorDraft;
  readonly #codecs: Codecs;
  readonly #loaded = new Map<number, OpenChunk>();

  constructor(draft: TensorDraft, form: TensorMeta, codecs: Codecs) {
    this.#draft = draft;
    this.form = form;
    this.#codecs = codecs;
  }

  /** A chunk of the old index by its row, in memory. */
  async load(row: number): Promise<OpenChunk> {
    let chunk = this.#loaded.get(row);
    if (!chunk) {
      const { ids, lasts } = this.#draft.chunkIds();
      const count = (lasts[row] ?? 0) - (lasts[row - 1] ?? -1);
      chunk = await loadChunk(this.#draft, ids[row] ?? 0n, count, this.#codecs);
      this.#loaded.set(row, chunk);
    }
    return chunk;
  }

  /** Bytes of the samples of some steps. */
  async bytes(steps: readonly Step[]): Promise<number> {
    let sum = 0;
    for (const step of steps) {
      if ('cell' in step) sum += step.cell.bytes.length;
      else if ('copy' in step) {
        const { row, from, to } = step.copy;
        const { positions } = await this.load(row);
        sum += spanAt(positions, to - 1).end - spanAt(positions, from).start;
      }
    }
    return sum;
  }

  /** Makes small stretches of new chunks take in the chunk before or after them, where both go into one. */
  async join(steps: readonly Step[]): Promise<Step[]> {
    const joined: Step[] = [...steps];
    const full = chunkCapacity(this.form);
    for (let start = 0; start < joined.length; start++) {
      const stretch = stretchFrom(joined, start);
      if (stretch.length === 0) continue;
      const end = start + stretch.length;
      const bytes = await this.bytes(stretch);
      const near = bytes * SMALL_PART < full ? [start - 1, end] : [];
      for (const at of near) {
        const copy = await this.#copyOf(joined[at], full - bytes);
        if (!copy) continue;
        joined[at] = copy;
        break;
      }
      start = end;
    }
    return joined;
  }

  /** Makes chunks that together fit one, and chunks that are too large, into new ones. */
  async level(steps: readonly Step[]): Promise<Step[]> {
    const full = chunkCapacity(this.form);
    const out: Step[] = [];
    let run: Step[] = [];
    let runBytes = 0;
    let copied = 0;
    const close = (): void => {
      for (const step of run) out.push(run.length > 1 && 'keep' in step ? wholeCopy(step) : step);
      if (run.length > 1 || run.some((step) => 'copy' in step)) copied += runBytes;
      run = [];
      runBytes = 0;
    };
    for (const step of steps) {
      const bytes = copied < LEVEL_BYTES ? await this.#sizeOf(step) : undefined;
      if (bytes === undefined || !('keep' in step) || (bytes > full && !(await this.#canSplit(step.keep[0])))) {
        close();
        out.push(step);
        continue;
      }
      if (runBytes + bytes > full) close();
      run.push(bytes > full ? wholeCopy(step) : step);
      runBytes += bytes;
    }
    close();
    return out;
  }

  /** Whether a chunk has several samples with bytes: empty ones go into any chunk. */
  async #canSplit(id = 0n): Promise<boolean> {
    const { positions } = await this.#draft.chunk(id);
    let filled = 0;
    for (let row = 0; row < positions.rows && filled < 2; row++)
      if (positions.value(row, 0) > 0) filled += positions.last(row) - positions.last(row - 1);
    return filled > 1;
  }

  async #copyOf(step: Step | undefined, room: number): Promise<Step | undefined> {
    const bytes = step && (await this.#sizeOf(step));
    return bytes !== undefined && bytes <= room && step && 'keep' in step ? wholeCopy(step) : undefined;
  }

  /** Bytes of a chunk that is kept; undefined for tiles, and for pictures, whose samples are not bytes in a row. */
  async #sizeOf(step: Step): Promise<number | undefined> {
    const id = 'keep' in step ? step.keep[0] : undefined;
    if (id === undefined || ('tiled' in step && step.tiled)) return undefined;
    if (isImageCompression(this.form.chunkCompression)) return undefined;
    return (await this.#draft.chunk(id)).positions.total;
  }
}

function wholeCopy({ row, count }: { readonly row: number; readonly count: number }): Step {
  return { copy: { row, from: 0, to: count } };
}
