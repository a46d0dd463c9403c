import type { EncodeOptions } from '../codec/types.js';
import type { ChunkIds } from '../format/chunk-ids.js';
import type { ChunkOwner } from '../format/chunk-set.js';
import type { JsonObject } from '../format/json.js';
import { chunkKey } from '../format/keys.js';
import type { LinkEntry, TensorMeta } from '../format/tensor-meta.js';
import type { Tiling as StoredTiling } from '../format/tiles.js';
import type { NumberRun } from '../htype/number-runs.js';
import type { CallOptions } from '../store/types.js';
import { type Bytes, totalLength } from '../util/bytes.js';
import type { RunTable } from '../util/runs.js';
import type { Codecs } from './codecs.js';
import { CommitRecord } from './commit-record.js';
import { appendCompanionRows, type Companion, replaceCompanionRow, type WriteRows } from './companions.js';
import { Extent } from './extent.js';
import { HeldChunks } from './held-chunks.js';
import { storageForm } from './limits.js';
import { loadChunk } from './load-chunk.js';
import { locate } from './locate.js';
import { OpenChunk } from './open-chunk.js';
import { OwedRows } from './owed-rows.js';
import { fitsPicture } from './picture.js';
import { fitsChunk, roomInChunk } from './plan-append.js';
import { noTiles, replaceTiles } from './replace-tiles.js';
import type { Sample, Tiling } from './sample.js';
import type { ChunkView, TensorSource } from './source.js';
import { type Part, type StagedPuts, stageParts } from './stage-parts.js';
import type { StoredTensor } from './stored-tensor.js';
import type { TensorDraftStart } from './tensor-draft-start.js';
import type { ChangedTile } from './tile-edit.js';

/** Undefined for an empty sample while the dimensionality is unknown, and for links whose target was not looked at. */
type Shape = readonly number[] | undefined;

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
  /** Keys of chunks that no sample needs any more, to be deleted after all changes. */
  readonly obsolete: string[] = [];
  /** Bytes of samples added since the last capture. */
  pendingBytes = 0;

  #meta: TensorMeta;
  #metaIsStale = false;
  readonly #extent: Extent;
  #info: JsonObject;
  readonly #record: CommitRecord;
  #grown = false; // since the last capture
  readonly #owed = new OwedRows();
  readonly #ids: { readonly ids: bigint[]; readonly lasts: number[] };
  readonly #tiles: Map<number, StoredTiling>;
  readonly #chunkSet: Map<bigint, ChunkOwner> | undefined;
  readonly #sequences: RunTable | undefined;
  readonly #creds: RunTable | undefined;
  readonly #newId: () => bigint;
  readonly #held = new HeldChunks();
  #open: OpenChunk | undefined;
  #dirty = new Set<Part>();

  constructor(start: TensorDraftStart) {
    this.stored = start.stored;
    this.key = start.stored.key;
    this.commit = start.commit;
    this.#meta = start.stored.meta;
    this.#extent = new Extent(start.stored.meta);
    this.#info = start.info;
    this.#record = new CommitRecord(start.diff);
    this.#ids = { ids: [...start.ids.ids], lasts: [...start.ids.lasts] };
    this.#tiles = new Map(start.tiles);
    this.#chunkSet = start.chunkSet && new Map(start.chunkSet);
    this.#sequences = start.sequences;
    this.#creds = start.creds;
    this.#newId = start.newId;
    this.#open = start.open;
    if (start.open) this.#held.edit(start.open);
    if (start.staleTiles) this.#mark('tiles');
    if (!start.isNew) return;
    this.#mark('meta', 'diff', 'chunkSet');
    if (Object.keys(start.info).length > 0) this.#mark('info');
  }

  /** The metadata with all changes. */
  get meta(): TensorMeta {
    this.#owed.settle(this);
    if (this.#metaIsStale) {
      this.#metaIsStale = false;
      this.#meta = { ...this.#meta, ...this.#extent.fields() };
    }
    return this.#meta;
  }

  /**
   * The metadata for encoding samples: right but for length and the sizes of shapes, of which only the last one (the
   * channels) counts. It changes rarely, so that encoding many samples does not make an object for each.
   */
  get form(): TensorMeta {
    this.#owed.settle(this);
    const { maxShape } = this.#meta;
    const { dims, lastSize } = this.#extent;
    return maxShape.length === dims && maxShape[dims - 1] === lastSize ? this.#meta : this.meta;
  }

  /** Whether there is anything to store. */
  get isDirty(): boolean {
    this.#owed.settle(this);
    return this.#dirty.size > 0 || this.#held.isDirty;
  }

  /** Number of samples: of sequences, for sequence tensors. */
  get length(): number {
    this.#owed.settle(this);
    return this.#sequences?.items ?? this.#extent.length;
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
    this.#owed.settle(this);
    return this.#ids;
  }

  tiles(): ReadonlyMap<number, StoredTiling> {
    return this.#tiles;
  }

  chunk(id: bigint, options?: CallOptions): ChunkView | Promise<ChunkView> {
    this.#owed.settle(this);
    const held = this.#held.get(id);
    if (held) return held.view(chunkKey(this.commit, this.key, id));
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
    if (this.#record.touchInfo()) this.#mark('diff');
  }

  /** Names a companion as one that grows with this tensor. */
  link(key: string, entry: LinkEntry, draft: TensorDraft): void {
    this.companions.push({ extend: entry.extend, update: entry.update, flatten: entry.flattenSequence, draft });
    if (!Object.hasOwn(this.meta.links, key)) this.changeMeta({ links: { ...this.meta.links, [key]: entry } });
  }

  /** Appends a sample with its companion rows. */
  append(sample: Sample): void {
    this.#appendItem(sample);
    if (!this.#sequences) this.#record.added++;
  }

  /** Appends a sequence of samples with its companion rows: some companions have a row for each item, others one. */
  appendSequence(items: readonly Sample[], id?: Bytes): void {
    for (const item of items) this.#appendItem(item);
    this.#sequences?.append([items.length]);
    this.#record.added++;
    this.#mark('sequences', 'meta', 'diff');
    for (const companion of this.companions)
      if (!companion.flatten) appendCompanionRows(companion, undefined, undefined, 1, id);
  }

  /** Appends runs of samples with their companion rows; `source` holds all of them one after another. Not for sequences. */
  appendRuns(source: Bytes, runs: Iterable<NumberRun>): void {
    let start = 0;
    for (const { shape, itemBytes, count } of runs) {
      this.addRun(source, shape, itemBytes, count, start);
      start += itemBytes * count;
      for (const companion of this.companions) appendCompanionRows(companion, shape, undefined, count);
    }
  }

  #appendItem(sample: Sample): void {
    const shape = this.#extent.shapeOf(sample);
    if (sample.tiling) this.#appendTiles(sample.tiling, shape ?? []);
    else this.#place(sample.bytes, sample.link ? sample.shape : shape, shape);
    if (this.#creds) {
      this.#creds.append([sample.link?.creds ?? 0]);
      this.#mark('creds');
    }
    for (const companion of this.companions) {
      if (companion.flatten || !this.#sequences) appendCompanionRows(companion, shape, sample.info, 1, sample.id);
    }
  }

  /**
   * Appends `count` samples of one shape and `itemBytes` bytes each, without companions.
   * @param source - holds them one after another from `start`.
   */
  addRun(source: Bytes, shape: readonly number[], itemBytes: number, count: number, start = 0): void {
    this.#owed.settle(this);
    for (let done = 0; done < count; ) {
      let open = this.#open ?? this.#startChunk();
      if (roomInChunk(this.#meta, open.dataBytes, itemBytes) === 0) open = this.#startChunk();
      const some = Math.min(count - done, roomInChunk(this.#meta, open.dataBytes, itemBytes));
      this.#enter(open.id, this.#extent.length + some - 1);
      open.addRun(source, shape, itemBytes, some, start + done * itemBytes);
      this.#grow(shape, some * itemBytes, some);
      done += some;
    }
    this.#record.added += count;
  }

  /** Appends rows later, together with those like them; at the latest when anything is read or stored. */
  addLater(write: WriteRows, shape: Shape, count: number): void {
    this.#owed.add(this, write, shape, count);
  }

  /** @param recorded - shape for the metadata: of the target, for links. */
  #place(bytes: Bytes, shape: Shape, recorded: Shape): void {
    const size = bytes.length;
    let open = this.#open;
    const form = storageForm(this.#meta);
    if (!open || !fitsChunk(form, open.dataBytes, size)) open = this.#startChunk();
    else if (form.chunkCompression !== null && shape && !fitsPicture(form, open.shapes, shape))
      open = this.#startChunk();
    open.add(bytes, shape);
    this.#enter(open.id, this.#extent.length);
    this.#grow(recorded, size);
  }

  /**
   * Reads what replacing a sample needs: its chunk, which tiles are without, and those of its companions' rows.
   * @throws {DatasetError} `unsupported` for links to tiles.
   */
  async prepareReplace(index: number, codecs: Codecs): Promise<void> {
    this.#owed.settle(this);
    const { chunks, local, following } = locate(this.#ids, index);
    const [id] = chunks;
    const isTiled = this.#isTiled(index);
    if (isTiled && (this.#creds || local + following > 1)) throw noTiles(this.key, index);
    if (id !== undefined && !isTiled) {
      this.#held.pin(id);
      if (!this.#held.editable(id)) this.#held.edit(await loadChunk(this, id, local + following, codecs));
    }
    await Promise.all(
      this.companions
        .filter(({ update }) => update !== undefined)
        .map(({ draft }) => draft.prepareReplace(index, codecs)),
    );
  }

  /** Lets go of what {@link prepareReplace} has taken up, whether it was replaced or not. */
  endReplace(): void {
    this.#held.unpin();
    for (const { draft } of this.companions) draft.endReplace();
  }

  /**
   * Replaces a sample whose chunk {@link prepareReplace} has read, and its companions' rows.
   * @param row - number of the sample for the commit's record: of the sequence, when `index` is that of an item.
   */
  replace(index: number, sample: Sample, row = index): void {
    const shape = this.#extent.shapeOf(sample);
    if (this.#isTiled(index)) this.#replaceTiles(index, sample, shape ?? [], row);
    else this.#put(index, sample.bytes, sample.link ? sample.shape : shape, shape, row);
    if (this.#creds) {
      this.#creds.update(index, [sample.link?.creds ?? 0]);
      this.#mark('creds');
    }
    for (const companion of this.companions) replaceCompanionRow(companion, index, shape, sample.info);
  }

  /** Replaces the bytes and the shape of one sample, without companions. */
  put(index: number, bytes: Bytes, shape: Shape, row = index): void {
    this.#put(index, bytes, shape, shape, row);
  }

  #put(index: number, bytes: Bytes, shape: Shape, recorded: Shape, row: number): void {
    const { chunks, local } = locate(this.#ids, index);
    const chunk = this.#held.editable(chunks[0] ?? 0n);
    if (!chunk) throw new TypeError('prepareReplace was not awaited');
    chunk.replace(local, bytes, shape);
    this.#chunkSet?.set(chunk.id, {});
    if (recorded) this.#extent.widen(recorded);
    this.#metaIsStale = true;
    this.pendingBytes += bytes.length;
    this.#record.updated.add(row);
    this.#mark('meta', 'diff', 'chunkSet');
  }

  #appendTiles({ tiles, tileShape }: Tiling, shape: readonly number[]): void {
    this.#open = undefined; // nothing is added to a chunk that does not end the tensor
    for (const tile of tiles) {
      const id = this.#newId();
      this.#held.addTile(id, tile);
      this.#enter(id, this.#extent.length);
    }
    this.#tiles.set(this.#extent.length, { sampleShape: shape, tileShape });
    this.#mark('tiles');
    this.#grow(shape, totalLength(tiles.map((tile) => tile.bytes)));
  }

  #startChunk(): OpenChunk {
    const open = new OpenChunk(this.#newId());
    this.#held.edit(open);
    this.#open = open;
    return open;
  }

  /** Enters into the index that the samples up to `last` lie in a chunk, which is the last one or a new one. */
  #enter(id: bigint, last: number): void {
    const { ids, lasts } = this.#ids;
    if (ids.at(-1) === id) {
      lasts[lasts.length - 1] = last;
      return;
    }
    ids.push(id);
    lasts.push(last);
    this.#chunkSet?.set(id, {});
    if (this.#extent.length === 0) this.#mark('tiles'); // written once, even when empty
    this.#mark('chunkSet');
  }

  /** Counts samples that were added. */
  #grow(shape: readonly number[] | undefined, size: number, count = 1): void {
    if (shape) this.#extent.widen(shape);
    this.#extent.length += count;
    this.pendingBytes += size;
    this.#metaIsStale = true;
    if (!this.#grown) this.#mark('meta', 'ids', 'diff');
    this.#grown = true;
  }

  #mark(...parts: Part[]): void {
    for (const part of parts) this.#dirty.add(part);
  }

  /**
   * Puts all changes into the groups of `staged` and counts them as stored.
   *
   * @returns what to call when they were not stored after all, and when they were.
   */
  capture(staged: StagedPuts, codecs: Codecs, encode: EncodeOptions) {
    const { commit, key, meta } = this;
    const packed = this.#held.pack(staged.chunks, (id) => chunkKey(commit, key, id), storageForm(meta), codecs, encode);
    const dirty = this.#dirty;
    this.#dirty = new Set();
    this.#grown = false;
    const pending = this.pendingBytes;
    this.pendingBytes = 0;
    stageParts(staged, dirty, commit, key, {
      meta,
      diff: this.#record.capture(),
      info: this.#info,
      ids: this.#ids,
      tiles: this.#tiles,
      sequences: this.#sequences,
      creds: this.#creds,
      chunkSet: this.#chunkSet,
    });
    return {
      settle: () => {
        for (const chunk of packed) {
          chunk.settle();
          this.stored.forget(chunk.key);
        }
        this.#held.release(this.#open?.id);
      },
      restore: () => {
        this.#mark(...dirty);
        this.pendingBytes += pending;
      },
    };
  }

  /** Whether a sample has chunks for itself; Deep Lake has left some without an entry among the tiles. */
  #isTiled(index: number): boolean {
    return this.#tiles.has(index) || locate(this.#ids, index).chunks.length > 1;
  }

  #replaceTiles(index: number, sample: Sample, shape: readonly number[], row: number): void {
    const tables = {
      ids: this.#ids,
      tiles: this.#tiles,
      chunkSet: this.#chunkSet,
      held: this.#held,
      newId: this.#newId,
    };
    const old = replaceTiles(tables, index, sample, shape);
    this.obsolete.push(...old.map((id) => chunkKey(this.commit, this.key, id)));
    this.#extent.widen(shape);
    this.#metaIsStale = true;
    this.pendingBytes += sample.bytes.length + totalLength((sample.tiling?.tiles ?? []).map((tile) => tile.bytes));
    this.#record.updated.add(row);
    this.#mark('meta', 'diff', 'chunkSet', 'ids', 'tiles');
  }

  /** Replaces tiles of a sample; their chunks keep their ids. @param row - as for {@link replace}. */
  putTiles(tiles: readonly ChangedTile[], row: number): void {
    for (const { id, tile } of tiles) {
      this.#held.addTile(id, tile);
      this.#chunkSet?.set(id, {});
      this.pendingBytes += tile.bytes.length;
    }
    this.#record.updated.add(row);
    this.#mark('diff', 'chunkSet');
  }
}
