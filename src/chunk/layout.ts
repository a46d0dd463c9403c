/** The chunks of a tensor, laid out anew: those that stay as they are, and new ones for all other samples. */
import type { TensorMeta } from '../format/tensor-meta.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import { isImageCompression } from './codecs.js';
import { OpenChunk } from './open-chunk.js';
import { fitsPicture } from './picture.js';
import { roomInChunk } from './plan-append.js';
import type { Tile } from './sample.js';

/** A chunk of one tile. */
export interface TileChunk {
  readonly id: bigint;
  readonly tile: Tile;
}

/** Bytes of samples, before chunk compression, that one chunk takes. */
export function chunkCapacity(form: TensorMeta): number {
  return roomInChunk(form, 0, 1);
}

/** Collects the rows of a chunk index from the first sample to the last. */
export class Layout {
  readonly ids: bigint[] = [];
  readonly lasts: number[] = [];
  /** Chunks that are not those of before. */
  readonly chunks: OpenChunk[] = [];
  readonly tiles: TileChunk[] = [];
  /** Number of samples. */
  length = 0;
  readonly #form: TensorMeta;
  readonly #newId: () => bigint;
  readonly #empty: readonly number[] | undefined;
  readonly #capacity: number;
  #target = 0;
  #open: OpenChunk | undefined;

  /** @param form - as chunks are laid out. @param empty - shape of empty samples; undefined while none is known. */
  constructor(form: TensorMeta, newId: () => bigint, empty: readonly number[] | undefined) {
    this.#form = form;
    this.#newId = newId;
    this.#empty = empty;
    this.#capacity = chunkCapacity(form);
  }

  /** The chunk at the end, when it is a new one. */
  get open(): OpenChunk | undefined {
    return this.#open;
  }

  /** Keeps a chunk with the next `count` samples of it. */
  keep(id: bigint, count: number): void {
    this.#open = undefined;
    this.#enter(id, count);
  }

  /** Keeps all tiles of a sample. */
  keepTiles(ids: readonly bigint[]): void {
    this.#open = undefined;
    for (const id of ids) this.#row(id, this.length);
    this.length++;
  }

  /** Adds a sample that is cut into tiles. */
  addTiles(tiles: readonly Tile[]): void {
    const chunks = tiles.map((tile) => ({ id: this.#newId(), tile }));
    this.tiles.push(...chunks);
    this.keepTiles(chunks.map(({ id }) => id));
  }

  /**
   * Begins a stretch of new chunks, which are filled one after another.
   * @param bytes - of all samples that will be added up to the next chunk that is kept: when it is given and there is
   *   more than one chunk, they become about equally large, which leaves room in each for what is put in later.
   */
  begin(bytes = 0): void {
    this.#open = undefined;
    const chunks = Math.ceil(bytes / this.#capacity);
    this.#target = chunks > 1 ? Math.ceil(bytes / chunks) : this.#capacity;
  }

  /** Adds a sample. */
  add(bytes: Bytes, shape: readonly number[] | undefined): void {
    this.#chunkFor(bytes.length, shape).add(bytes, shape);
    this.#grow(1);
  }

  /** Adds samples `[from, to)` of a chunk that is in memory. Large ones are shared with it, not copied. */
  copy(chunk: OpenChunk, from: number, to: number): void {
    const { positions } = chunk;
    const shapes = chunk.shapes && chunk.shapes.items >= to ? chunk.shapes : undefined;
    const data = concatBytes(chunk.parts());
    let row = positions.find(from);
    let shapeRow = shapes?.find(from) ?? 0;
    let shape = this.#empty;
    for (let at = from; at < to; ) {
      while (positions.last(row) < at) row++;
      if (shapes) {
        while (shapes.last(shapeRow) < at) shapeRow++;
        shape = Array.from({ length: shapes.columns }, (_, axis) => shapes.value(shapeRow, axis));
      }
      const end = Math.min(to, positions.last(row) + 1, shapes ? shapes.last(shapeRow) + 1 : to);
      const size = positions.value(row, 0);
      this.#copyRun(data, positions.value(row, 1) + (at - positions.first(row)) * size, size, end - at, shape);
      at = end;
    }
  }

  #copyRun(data: Bytes, start: number, size: number, count: number, shape: readonly number[] | undefined): void {
    for (let done = 0; done < count; ) {
      const chunk = this.#chunkFor(size, shape);
      const room = size === 0 ? Infinity : Math.max(1, Math.floor((this.#target - chunk.dataBytes) / size));
      // Pictures are tried one by one: whether one more fits depends on its place.
      const some = !shape || isImageCompression(this.#form.chunkCompression) ? 1 : Math.min(count - done, room);
      const from = start + done * size;
      if (shape) chunk.addRun(data, shape, size, some, from);
      else chunk.add(data, undefined, from, from + size);
      this.#grow(some);
      done += some;
    }
  }

  /** The chunk at the end if a sample goes into it, else a new one. */
  #chunkFor(size: number, shape: readonly number[] | undefined): OpenChunk {
    const open = this.#open;
    if (open) {
      const fits = open.dataBytes === 0 || size === 0 || open.dataBytes + size <= this.#target;
      if (fits && (!shape || fitsPicture(this.#form, open.shapes, shape))) return open;
    }
    const chunk = new OpenChunk(this.#newId());
    this.#open = chunk;
    this.chunks.push(chunk);
    this.#row(chunk.id, this.length - 1);
    return chunk;
  }

  #enter(id: bigint, count: number): void {
    this.#row(id, this.length + count - 1);
    this.length += count;
  }

  #grow(count: number): void {
    this.length += count;
    this.lasts[this.lasts.length - 1] = this.length - 1;
  }

  #row(id: bigint, last: number): void {
    this.ids.push(id);
    this.lasts.push(last);
  }
}
