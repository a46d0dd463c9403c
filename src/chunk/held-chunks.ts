import type { EncodeOptions } from '../codec/types.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { Put } from '../store/types.js';
import type { Codecs } from './codecs.js';
import { type HeldChunk, holdOpenChunk, holdTile } from './held-chunk.js';
import type { OpenChunk } from './open-chunk.js';
import type { Tile } from './sample.js';

// Reading a chunk of this size again takes longer than a small write; it is kept once for each tensor that is edited.
const KEPT_BYTES = 2_000_000;

interface Held {
  readonly chunk: HeldChunk;
  /** Revision that the store holds; -1 for none. */
  stored: number;
  /** Whether the store may hold it in any form. */
  known: boolean;
}

/** The chunks of one tensor that are in memory: those that are not stored yet, or can be changed. */
export class HeldChunks {
  readonly #held = new Map<bigint, Held>();
  /** Those that can be changed. */
  readonly #editable = new Map<bigint, OpenChunk>();
  /** Those that are about to be changed: they stay, even when a flush ends meanwhile. */
  readonly #pinned = new Set<bigint>();
  /** The last one that was taken up for changes: it may well be changed again. */
  #last: bigint | undefined;

  /** Whether the store lacks a change. */
  get isDirty(): boolean {
    for (const { chunk, stored } of this.#held.values()) if (chunk.revision() !== stored) return true;
    return false;
  }

  /** A chunk that is held. */
  get(id: bigint): HeldChunk | undefined {
    return this.#held.get(id)?.chunk;
  }

  /** A chunk that can be changed. */
  editable(id: bigint): OpenChunk | undefined {
    return this.#editable.get(id);
  }

  /** Takes a chunk up for changes; as it is now, it is stored or empty. */
  edit(chunk: OpenChunk): void {
    this.#last = chunk.dataBytes <= KEPT_BYTES ? chunk.id : undefined;
    this.#held.set(chunk.id, { chunk: holdOpenChunk(chunk), stored: chunk.revision, known: chunk.count > 0 });
    this.#editable.set(chunk.id, chunk);
  }

  /** Takes up a new chunk, which is not stored. */
  add(chunk: OpenChunk): void {
    this.#held.set(chunk.id, { chunk: holdOpenChunk(chunk), stored: -1, known: false });
    this.#editable.set(chunk.id, chunk);
  }

  /** Lets go of a chunk for good. @returns whether the store may hold it. */
  drop(id: bigint): boolean {
    const known = this.#held.get(id)?.known ?? true;
    this.#held.delete(id);
    this.#editable.delete(id);
    return known;
  }

  /** Takes up a tile, which is a chunk of its own. @param known - whether the store may hold it in an older form */
  addTile(id: bigint, tile: Tile, known = false): void {
    this.#held.set(id, { chunk: holdTile(id, tile), stored: -1, known });
  }

  /** Keeps a chunk that is held, or about to be, until {@link unpin}. */
  pin(id: bigint): void {
    this.#pinned.add(id);
  }

  unpin(): void {
    this.#pinned.clear();
  }

  /** Packs all changes. @param keyOf - where a chunk is stored. @returns what {@link settle} takes when they are stored. */
  pack(
    into: Promise<Put>[],
    keyOf: (id: bigint) => string,
    meta: TensorMeta,
    codecs: Codecs,
    encode: EncodeOptions,
  ): PackedChunk[] {
    const packed: PackedChunk[] = [];
    for (const [id, held] of this.#held) {
      const revision = held.chunk.revision();
      if (revision === held.stored) continue;
      const key = keyOf(id);
      held.known = true;
      into.push(
        Promise.resolve(held.chunk.pack(meta, codecs, encode)).then((bytes) => ({ key, bytes, lasting: true })),
      );
      packed.push({
        key,
        settle: () => {
          held.stored = revision;
        },
      });
    }
    return packed;
  }

  /** Lets go of the chunks that are stored, unless they are pinned, being filled (`open`), or small and the last one. */
  release(open: bigint | undefined): void {
    // Also those that an earlier flush has stored while they were open.
    for (const [id, { chunk, stored }] of this.#held) {
      if (id === open || id === this.#last || this.#pinned.has(id) || chunk.revision() !== stored) continue;
      this.#held.delete(id);
      this.#editable.delete(id);
    }
  }
}

/** A chunk of which a revision is being stored. */
export interface PackedChunk {
  readonly key: string;
  /** Counts the revision as stored. */
  settle(): void;
}
