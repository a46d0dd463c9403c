import type { ChunkIds } from '../format/chunk-ids.js';
import type { ChunkOwner } from '../format/chunk-set.js';
import type { Tiling as StoredTiling } from '../format/tiles.js';
import type { Put } from '../store/types.js';
import { totalLength } from '../util/bytes.js';
import type { Arranged } from './arrange.js';
import { HeldChunks } from './held-chunks.js';
import { OpenChunk } from './open-chunk.js';
import type { Tiling } from './sample.js';
import type { Part } from './stage-parts.js';
import type { TensorDraftStart } from './tensor-draft-start.js';

/** Which chunks a draft's tensor has, in which order, which of them the head owns, and which are in memory. */
export class ChunkTable {
  readonly held = new HeldChunks();
  /** Draws a chunk id that no other chunk of the tensor has. */
  readonly newId: () => bigint;
  /** The last chunk, when samples may be added to it. */
  open: OpenChunk | undefined;
  readonly #mark: (...parts: Part[]) => void;
  readonly #chunkSet: Map<bigint, ChunkOwner> | undefined;
  #ids: ChunkIds;
  #tiles: Map<number, StoredTiling>;
  #gone = new Set<bigint>(); // stored by the head, and of no use any more

  /** @param mark - told of the files that change. */
  constructor(start: TensorDraftStart, mark: (...parts: Part[]) => void) {
    this.#mark = mark;
    this.newId = start.newId;
    this.#chunkSet = start.chunkSet && new Map(start.chunkSet);
    this.#ids = { ids: [...start.ids.ids], lasts: [...start.ids.lasts] };
    this.#tiles = new Map(start.tiles);
    this.open = start.open;
    if (start.open) this.held.edit(start.open);
  }

  get ids(): ChunkIds {
    return this.#ids;
  }

  get tiles(): ReadonlyMap<number, StoredTiling> {
    return this.#tiles;
  }

  /** Chunks that the head owns or has adopted; undefined in the first commit. */
  get chunkSet(): ReadonlyMap<bigint, ChunkOwner> | undefined {
    return this.#chunkSet;
  }

  /** Makes a chunk one of the head's own. */
  own(id: bigint): void {
    this.#chunkSet?.set(id, {});
    this.#mark('chunkSet');
  }

  /** Starts a chunk at the end. It is entered with its first sample. */
  startChunk(): OpenChunk {
    this.open = new OpenChunk(this.newId());
    this.held.edit(this.open);
    return this.open;
  }

  /** Enters into the index that the samples up to `last` lie in a chunk, which is the last one or a new one. */
  enter(id: bigint, last: number): void {
    const { ids, lasts } = this.#ids;
    if (ids.at(-1) === id) {
      lasts[lasts.length - 1] = last;
      return;
    }
    if (ids.length === 0) this.#mark('tiles'); // written once, even when empty
    ids.push(id);
    lasts.push(last);
    this.own(id);
  }

  /** Adds a sample that is cut into tiles. @returns their bytes */
  addTiles({ tiles, tileShape }: Tiling, sampleShape: readonly number[], index: number): number {
    this.open = undefined; // nothing is added to a chunk that does not end the tensor
    for (const tile of tiles) {
      const id = this.newId();
      this.held.addTile(id, tile);
      this.enter(id, index);
    }
    this.#tiles.set(index, { sampleShape, tileShape });
    this.#mark('tiles');
    return totalLength(tiles.map((tile) => tile.bytes));
  }

  /** Takes over chunks that were planned from those of now. @returns bytes of the new ones */
  rearrange({ layout, tiles }: Arranged): number {
    const kept = new Set(layout.ids);
    for (const id of this.#ids.ids) if (!kept.has(id)) this.#drop(id);
    let bytes = 0;
    for (const chunk of layout.chunks) {
      this.held.add(chunk);
      this.own(chunk.id);
      bytes += chunk.dataBytes;
    }
    for (const { id, tile } of layout.tiles) {
      this.held.addTile(id, tile);
      this.own(id);
      bytes += tile.bytes.length;
    }
    if (layout.ids.at(-1) !== this.open?.id || layout.open) this.open = layout.open;
    this.#ids = { ids: layout.ids, lasts: layout.lasts };
    this.#tiles = tiles;
    this.#mark('ids', 'tiles', 'chunkSet');
    return bytes;
  }

  #drop(id: bigint): void {
    const owner = this.#chunkSet ? this.#chunkSet.get(id) : {};
    if (this.held.drop(id) && owner && owner.commit === undefined) this.#gone.add(id);
    this.#chunkSet?.delete(id);
  }

  /** Deletes the chunks that are of no use any more. @returns what to call when that was not stored. */
  stageDeletions(into: Put[], keyOf: (id: bigint) => string): () => void {
    const gone = this.#gone;
    this.#gone = new Set();
    for (const id of gone) into.push({ key: keyOf(id), bytes: null });
    return () => {
      for (const id of gone) this.#gone.add(id);
    };
  }
}
