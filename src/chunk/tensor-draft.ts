import type { EncodeOptions } from '../codec/types.js';
import { DatasetError } from '../errors.js';
import type { ChunkIds } from '../format/chunk-ids.js';
import type { ChunkOwner } from '../format/chunk-set.js';
import { type CommitDiff, recordUpdate } from '../format/commit-diff.js';
import type { JsonObject } from '../format/json.js';
import { chunkKey } from '../format/keys.js';
import type { LinkEntry, TensorMeta } from '../format/tensor-meta.js';
import type { Tiling as StoredTiling } from '../format/tiles.js';
import type { CallOptions } from '../store/types.js';
import { type Bytes, totalLength } from '../util/bytes.js';
import type { RunTable } from '../util/runs.js';
import type { Codecs } from './codecs.js';
import { appendCompanionRow, type Companion, replaceCompanionRow, type WriteRows } from './companions.js';
import { type HeldChunk, holdOpenChunk, holdTile } from './held-chunk.js';
import { storageForm } from './limits.js';
import { loadChunk } from './load-chunk.js';
import { locate } from './locate.js';
import { OpenChunk } from './open-chunk.js';
import { fitsPicture } from './picture.js';
import { fitsChunk, roomInChunk } from './plan-append.js';
import type { Sample } from './sample.js';
import type { ChunkView, TensorSource } from './source.js';
import { type Part, type StagedPuts, stageParts } from './stage-parts.js';
import type { StoredTensor } from './stored-tensor.js';

/** What a tensor of a draft starts with. */
export interface TensorDraftStart {
  /** Head commit that is written to. */
  readonly commit: string;
  readonly stored: StoredTensor;
  readonly info: JsonObject;
  readonly diff: CommitDiff;
  readonly ids: ChunkIds;
  readonly tiles: ReadonlyMap<number, StoredTiling>;
  /** Items of each sequence; undefined when the tensor is none of sequences. */
  readonly sequences?: RunTable | undefined;
  /** Number of the credentials key of each item; undefined when the tensor is none of links. */
  readonly creds?: RunTable | undefined;
  /** Whether the stored table of tiles lists samples that are not there: left in it, they would spoil later ones. */
  readonly staleTiles?: boolean;
  /** Chunks that the head owns; undefined in the first commit, which has no such list. */
  readonly chunkSet: ReadonlyMap<bigint, ChunkOwner> | undefined;
  /** The last chunk, when samples may be added to it. */
  readonly open: OpenChunk | undefined;
  /** Whether nothing of the tensor is stored yet. */
  readonly isNew: boolean;
  readonly newId: () => bigint;
}

/** Undefined for an empty sample while the dimensionality is unknown, and for links whose target was not looked at. */
type Shape = readonly number[] | undefined;

interface Held {
  readonly chunk: HeldChunk;
  /** Revision that the store holds; -1 for none. */
  stored: number;
}

/**
 * A tensor with changes that are not stored yet.
 *
 * Changing is synchronous and cannot fail: everything that can fail was done when the sample was encoded.
 */
export class TensorDraft implements TensorSource {
  readonly key: string;
  readonly commit: string;
  readonly stored: StoredTensor;
  /** Hidden tensors that get a row with each sample. */
  readonly companions: Companion[] = [];
  /** Bytes of samples added since the last capture. */
  pendingBytes = 0;

  #meta: TensorMeta;
  #metaIsStale = false;
  #length: number;
  #minShape: number[];
  #maxShape: number[];
  #info: JsonObject;
  #diff: CommitDiff;
  #added = 0;
  readonly #updated = new Set<number>(); // since the last capture, as #added
  #grown = false; // since the last capture
  #owed: { readonly write: WriteRows; readonly shape: Shape; count: number } | undefined;
  readonly #ids: { readonly ids: bigint[]; readonly lasts: number[] };
  readonly #tiles: Map<number, StoredTiling>;
  readonly #chunkSet: Map<bigint, ChunkOwner> | undefined;
  readonly #sequences: RunTable | undefined;
  readonly #creds: RunTable | undefined;
  readonly #newId: () => bigint;
  readonly #held = new Map<bigint, Held>();
  /** Those of the held chunks that can be changed. */
  readonly #editable = new Map<bigint, OpenChunk>();
  #open: OpenChunk | undefined;
  /** Chunks that are about to be changed: they stay, even when a flush ends meanwhile. */
  readonly #pinned = new Set<bigint>();
  #dirty = new Set<Part>();

  constructor(start: TensorDraftStart) {
    const { stored } = start;
    this.stored = stored;
    this.key = stored.key;
    this.commit = start.commit;
    this.#meta = stored.meta;
    this.#length = stored.meta.length;
    this.#minShape = [...stored.meta.minShape];
    this.#maxShape = [...stored.meta.maxShape];
    this.#info = start.info;
    this.#diff = start.diff;
    this.#ids = { ids: [...start.ids.ids], lasts: [...start.ids.lasts] };
    this.#tiles = new Map(start.tiles);
    this.#chunkSet = start.chunkSet && new Map(start.chunkSet);
    this.#sequences = start.sequences;
    this.#creds = start.creds;
    this.#newId = start.newId;
    this.#open = start.open;
    if (start.open) this.#edit(start.open);
    if (start.staleTiles) this.#mark('tiles');
    if (start.isNew)
      this.#mark(
        'meta',
        'diff',
        ...(Object.keys(start.info).length > 0 ? (['info'] as const) : []),
        ...this.#chunkSetPart(),
      );
  }

  /** The metadata with all changes. */
  get meta(): TensorMeta {
    this.#settle();
    if (this.#metaIsStale) {
      this.#metaIsStale = false;
      this.#meta = {
        ...this.#meta,
        length: this.#length,
        minShape: [...this.#minShape],
        maxShape: [...this.#maxShape],
      };
    }
    return this.#meta;
  }

  /**
   * The metadata for encoding samples: right but for length and the sizes of shapes, of which only the last one (the
   * channels) counts. It changes rarely, so that encoding many samples does not make an object for each.
   */
  get form(): TensorMeta {
    this.#settle();
    const { maxShape } = this.#meta;
    const last = maxShape.length - 1;
    return maxShape.length === this.#maxShape.length && maxShape[last] === this.#maxShape[last]
      ? this.#meta
      : this.meta;
  }

  /** Whether there is anything to store. */
  get isDirty(): boolean {
    this.#settle();
    if (this.#dirty.size > 0) return true;
    for (const { chunk, stored } of this.#held.values()) if (chunk.revision() !== stored) return true;
    return false;
  }

  /** Number of samples: of sequences, for sequence tensors. */
  get length(): number {
    this.#settle();
    return this.#sequences?.items ?? this.#length;
  }

  /** Items of each sequence, for sequence tensors. */
  get sequences(): RunTable | undefined {
    return this.#sequences;
  }

  /** Number of the credentials key of each item, for link tensors. */
  creds(): RunTable | undefined {
    return this.#creds;
  }

  info(): JsonObject {
    return this.#info;
  }

  chunkIds(): ChunkIds {
    this.#settle();
    return this.#ids;
  }

  tiles(): ReadonlyMap<number, StoredTiling> {
    return this.#tiles;
  }

  chunk(id: bigint, options?: CallOptions): ChunkView | Promise<ChunkView> {
    this.#settle();
    const own = chunkKey(this.commit, this.key, id);
    const held = this.#held.get(id);
    if (held) return held.chunk.view(own);
    const owner = this.#chunkSet?.get(id);
    if (!owner) return this.stored.chunk(id, options);
    return this.stored.chunkAt(chunkKey(owner.commit ?? this.commit, owner.tensor ?? this.key, id), options);
  }

  /** Changes fields of the metadata, other than length and shapes. */
  changeMeta(change: Partial<TensorMeta>): void {
    this.#meta = { ...this.meta, ...change };
    this.#mark('meta');
  }

  /** Replaces the info. */
  setInfo(info: JsonObject): void {
    this.#info = info;
    this.touchInfo();
    this.#mark('info');
  }

  /** Marks the info as changed in this commit, without changing it. */
  touchInfo(): void {
    if (this.#diff.infoUpdated) return;
    this.#diff = { ...this.#diff, infoUpdated: true };
    this.#mark('diff');
  }

  /** Names a companion as one that grows with this tensor. */
  link(key: string, entry: LinkEntry, draft: TensorDraft): void {
    this.companions.push({ extend: entry.extend, update: entry.update, flatten: entry.flattenSequence, draft });
    if (!Object.hasOwn(this.meta.links, key)) this.changeMeta({ links: { ...this.meta.links, [key]: entry } });
  }

  /** Appends a sample with its companion rows. */
  append(sample: Sample): void {
    this.#appendItem(sample);
    if (!this.#sequences) this.#added++;
  }

  /** Appends a sequence of samples with its companion rows: some companions have a row for each item, others one. */
  appendSequence(items: readonly Sample[]): void {
    for (const item of items) this.#appendItem(item);
    this.#sequences?.append([items.length]);
    this.#added++;
    this.#mark('sequences', 'meta', 'diff');
    for (const companion of this.companions)
      if (!companion.flatten) appendCompanionRow(companion, undefined, undefined);
  }

  #appendItem(sample: Sample): void {
    const shape = shapeOf(sample, this.#minShape.length);
    if (sample.tiling) this.#appendTiles(sample.tiling.tiles, sample.tiling.tileShape, shape ?? []);
    else this.#place(sample.bytes, sample.link ? sample.shape : shape, 0, sample.bytes.length, shape);
    if (this.#creds) {
      this.#creds.append([sample.link?.creds ?? 0]);
      this.#mark('creds');
    }
    for (const companion of this.companions) {
      if (companion.flatten || !this.#sequences) appendCompanionRow(companion, shape, sample.info);
    }
  }

  /** Appends bytes `[start, end)` of `source` as one sample, without companions. */
  add(source: Bytes, shape: readonly number[] | undefined, start: number, end: number): void {
    this.#settle();
    this.#place(source, shape, start, end, shape);
    this.#added++;
  }

  /** Appends `count` samples of one shape and `itemBytes` bytes each, which `source` holds one after another. */
  addRun(source: Bytes, shape: readonly number[], itemBytes: number, count: number): void {
    for (let done = 0; done < count; ) {
      let open = this.#open ?? this.#startChunk();
      if (roomInChunk(this.#meta, open.dataBytes, itemBytes) === 0) open = this.#startChunk();
      const some = Math.min(count - done, roomInChunk(this.#meta, open.dataBytes, itemBytes));
      const last = this.#length + some - 1;
      if (open.count === 0) this.#addRow(open.id, last);
      else this.#ids.lasts[this.#ids.lasts.length - 1] = last;
      open.addRun(source, shape, itemBytes, some, done * itemBytes);
      this.#grow(shape, some * itemBytes, some);
      done += some;
    }
    this.#added += count;
  }

  /** Appends a row later, together with those like it; at the latest when anything is read or stored. */
  addLater(write: WriteRows, shape: Shape): void {
    if (this.#owed?.write === write && sameShape(this.#owed.shape, shape)) {
      this.#owed.count++;
      return;
    }
    this.#settle();
    this.#owed = { write, shape, count: 1 };
  }

  #settle(): void {
    const owed = this.#owed;
    if (!owed) return;
    this.#owed = undefined;
    owed.write(this, owed.shape, owed.count);
  }

  /** @param recorded - shape for the metadata: of the target, for links. */
  #place(source: Bytes, shape: Shape, start: number, end: number, recorded: Shape): void {
    const size = end - start;
    let open = this.#open;
    const form = storageForm(this.#meta);
    if (!open || !fitsChunk(form, open.dataBytes, size)) open = this.#startChunk();
    else if (form.chunkCompression !== null && shape && !fitsPicture(form, open.shapes, shape))
      open = this.#startChunk();
    open.add(source, shape, start, end);
    const row = this.#ids.lasts.length - 1;
    if (open.count === 1) this.#addRow(open.id, this.#length);
    else this.#ids.lasts[row] = this.#length;
    this.#grow(recorded, size);
  }

  /**
   * Reads what replacing a sample needs: its chunk and those of its companions' rows.
   * @throws {DatasetError} `unsupported` for tiled samples.
   */
  async prepareReplace(index: number, codecs: Codecs): Promise<void> {
    this.#settle();
    const { chunks, local, following } = locate(this.#ids, index);
    const [id] = chunks;
    if (id === undefined || chunks.length > 1 || this.#tiles.has(index)) throw noTiles(this.key, index);
    this.#pinned.add(id);
    if (!this.#editable.has(id)) this.#edit(await loadChunk(this, id, local + following, codecs));
    await Promise.all(
      this.companions
        .filter(({ update }) => update !== undefined)
        .map(({ draft }) => draft.prepareReplace(index, codecs)),
    );
  }

  /** Lets go of what {@link prepareReplace} has taken up, whether it was replaced or not. */
  endReplace(): void {
    this.#pinned.clear();
    for (const { draft } of this.companions) draft.endReplace();
  }

  /**
   * Replaces a sample whose chunk {@link prepareReplace} has read, and its companions' rows.
   * @param row - number of the sample for the commit's record: of the sequence, when `index` is that of an item.
   */
  replace(index: number, sample: Sample, row = index): void {
    const shape = shapeOf(sample, this.#minShape.length);
    this.#put(index, sample.bytes, sample.link ? sample.shape : shape, shape, row);
    if (this.#creds) {
      this.#creds.update(index, [sample.link?.creds ?? 0]);
      this.#mark('creds');
    }
    for (const companion of this.companions) replaceCompanionRow(companion, index, shape, sample.info);
  }

  /** Replaces the bytes and the shape of one sample, without companions. */
  put(index: number, bytes: Bytes, shape: Shape): void {
    this.#put(index, bytes, shape, shape, index);
  }

  #put(index: number, bytes: Bytes, shape: Shape, recorded: Shape, row: number): void {
    const { chunks, local } = locate(this.#ids, index);
    const chunk = this.#editable.get(chunks[0] ?? 0n);
    if (!chunk) throw new TypeError('prepareReplace was not awaited');
    chunk.replace(local, bytes, shape);
    this.#chunkSet?.set(chunk.id, {});
    if (recorded) this.#widen(recorded);
    this.#metaIsStale = true;
    this.pendingBytes += bytes.length;
    this.#updated.add(row);
    this.#mark('meta', 'diff', ...this.#chunkSetPart());
  }

  /** Takes a chunk up for changes. */
  #edit(chunk: OpenChunk): void {
    this.#held.set(chunk.id, { chunk: holdOpenChunk(chunk), stored: chunk.revision });
    this.#editable.set(chunk.id, chunk);
  }

  #appendTiles(
    tiles: readonly { readonly bytes: Bytes; readonly shape: readonly number[] }[],
    tileShape: readonly number[],
    shape: readonly number[],
  ): void {
    this.#open = undefined; // nothing is added to a chunk that does not end the tensor
    for (const tile of tiles) {
      const id = this.#newId();
      this.#held.set(id, { chunk: holdTile(id, tile), stored: -1 });
      this.#addRow(id, this.#length);
    }
    this.#tiles.set(this.#length, { sampleShape: shape, tileShape });
    this.#mark('tiles');
    this.#grow(shape, totalLength(tiles.map((tile) => tile.bytes)));
  }

  #startChunk(): OpenChunk {
    const open = new OpenChunk(this.#newId());
    this.#edit(open);
    this.#open = open;
    return open;
  }

  #addRow(id: bigint, last: number): void {
    this.#ids.ids.push(id);
    this.#ids.lasts.push(last);
    this.#chunkSet?.set(id, {});
    if (this.#length === 0) this.#mark('tiles'); // written once, even when empty
    this.#mark(...this.#chunkSetPart());
  }

  /** Counts samples that were added. */
  #grow(shape: readonly number[] | undefined, size: number, count = 1): void {
    if (shape) this.#widen(shape);
    this.#length += count;
    this.pendingBytes += size;
    this.#metaIsStale = true;
    if (!this.#grown) this.#mark('meta', 'ids', 'diff');
    this.#grown = true;
  }

  #widen(shape: readonly number[]): void {
    const min = this.#minShape;
    const max = this.#maxShape;
    if (min.length === 0 && shape.length > 0) {
      // Empty samples before the first one with a shape count as zeros from now on (trap T1).
      for (const size of shape) {
        min.push(this.#length > 0 ? 0 : size);
        max.push(size);
      }
      return;
    }
    for (let axis = 0; axis < shape.length; axis++) {
      const size = shape[axis] ?? 0;
      if (size < (min[axis] ?? 0)) min[axis] = size;
      if (size > (max[axis] ?? 0)) max[axis] = size;
    }
  }

  #chunkSetPart(): Part[] {
    return this.#chunkSet ? ['chunkSet'] : [];
  }

  #mark(...parts: Part[]): void {
    for (const part of parts) this.#dirty.add(part);
  }

  /**
   * Puts all changes into the groups of `staged` and counts them as stored.
   *
   * @returns what to call when they were not stored after all, and when they were.
   */
  capture(
    staged: StagedPuts,
    codecs: Codecs,
    encode: EncodeOptions,
  ): { readonly settle: () => void; readonly restore: () => void } {
    const { commit, key, meta } = this;
    if (this.#added > 0) {
      this.#diff = { ...this.#diff, addedEnd: this.#diff.addedEnd + this.#added };
      this.#added = 0;
    }
    if (this.#updated.size > 0) {
      this.#diff = recordUpdate(this.#diff, this.#updated);
      this.#updated.clear();
    }
    const packed: { readonly held: Held; readonly revision: number; readonly at: string }[] = [];
    for (const held of this.#held.values()) {
      const revision = held.chunk.revision();
      if (revision === held.stored) continue;
      const at = chunkKey(commit, key, held.chunk.id);
      const parts = held.chunk.pack(storageForm(meta), codecs, encode);
      staged.chunks.push(Promise.resolve(parts).then((bytes) => ({ key: at, bytes })));
      packed.push({ held, revision, at });
    }
    const dirty = this.#dirty;
    this.#dirty = new Set();
    this.#grown = false;
    const pending = this.pendingBytes;
    this.pendingBytes = 0;
    stageParts(staged, dirty, commit, key, {
      meta,
      diff: this.#diff,
      info: this.#info,
      ids: this.#ids,
      tiles: this.#tiles,
      sequences: this.#sequences,
      creds: this.#creds,
      chunkSet: this.#chunkSet,
    });
    return {
      settle: () => {
        for (const { held, revision, at } of packed) {
          held.stored = revision;
          this.stored.forget(at);
        }
        // Also those that an earlier flush has stored while they were open.
        for (const [id, { chunk, stored }] of this.#held) {
          if (id === this.#open?.id || this.#pinned.has(id) || chunk.revision() !== stored) continue;
          this.#held.delete(id);
          this.#editable.delete(id);
        }
      },
      restore: () => {
        this.#mark(...dirty);
        this.pendingBytes += pending;
      },
    };
  }
}

/** The shape to record: of a link's target, and zeros for an empty sample once the dimensionality is known. */
function shapeOf(sample: Sample, dims: number): Shape {
  if (sample.link) return sample.link.shape;
  return sample.shape ?? (dims > 0 ? new Array<number>(dims).fill(0) : undefined);
}

function sameShape(a: Shape, b: Shape): boolean {
  return (
    a === b ||
    (a !== undefined && b !== undefined && a.length === b.length && a.every((size, axis) => size === b[axis]))
  );
}

function noTiles(tensor: string, index: number): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `Tensor "${tensor}", row ${index}: a sample that is cut into tiles cannot be replaced yet.`,
    {
      feature: 'replacing tiled samples',
      tensor,
      index,
    },
  );
}
