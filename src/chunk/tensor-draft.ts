import type { EncodeOptions } from '../codec/types.js';
import type { Span } from '../format/byte-positions.js';
import type { ChunkIds } from '../format/chunk-ids.js';
import type { CommitDiff } from '../format/commit-diff.js';
import type { JsonObject } from '../format/json.js';
import { chunkKey } from '../format/keys.js';
import type { LinkEntry, TensorMeta } from '../format/tensor-meta.js';
import type { Tiling as StoredTiling } from '../format/tiles.js';
import type { NumberRun } from '../htype/number-runs.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import type { RunTable } from '../util/runs.js';
import type { Arranged } from './arrange.js';
import { changedCompanions } from './changed-rows.js';
import { ChunkTable } from './chunk-table.js';
import type { Codecs } from './codecs.js';
import { CommitRecord } from './commit-record.js';
import { appendCompanionRows, type Companion, replaceCompanionRow, type WriteRows } from './companions.js';
import { Extent } from './extent.js';
import { storageForm } from './limits.js';
import { loadChunk } from './load-chunk.js';
import { locate } from './locate.js';
import { noTiles } from './no-tiles.js';
import { OwedRows } from './owed-rows.js';
import { fitsPicture } from './picture.js';
import { fitsChunk, roomInChunk } from './plan-append.js';
import type { Sample } from './sample.js';
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
  /** Bytes of samples added since the last capture. */
  pendingBytes = 0;
  /** Samples that exist only because one behind them was assigned; undefined while that was not looked at. */
  pads: readonly Span[] | undefined;

  #meta: TensorMeta;
  #metaIsStale = false;
  #extent: Extent;
  #info: JsonObject;
  readonly #record: CommitRecord;
  #grown = false; // since the last capture
  readonly #owed = new OwedRows();
  readonly #chunks: ChunkTable;
  #sequences: RunTable | undefined;
  #creds: RunTable | undefined;
  #dirty = new Set<Part>();

  constructor(start: TensorDraftStart) {
    this.stored = start.stored;
    this.key = start.stored.key;
    this.commit = start.commit;
    this.#meta = start.stored.meta;
    this.#extent = new Extent(start.stored.meta);
    this.#info = start.info;
    this.#record = new CommitRecord(start.diff);
    this.#chunks = new ChunkTable(start, (...parts) => this.#mark(...parts));
    this.#sequences = start.sequences;
    this.#creds = start.creds;
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
    return this.#dirty.size > 0 || this.#chunks.held.isDirty;
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
    return this.#chunks.ids;
  }

  tiles(): ReadonlyMap<number, StoredTiling> {
    return this.#chunks.tiles;
  }

  chunk(id: bigint, options?: CallOptions): ChunkView | Promise<ChunkView> {
    this.#owed.settle(this);
    const held = this.#chunks.held.get(id);
    if (held) return held.view(chunkKey(this.commit, this.key, id));
    const owner = this.#chunks.chunkSet?.get(id);
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
    if (sample.tiling) {
      const at = this.#extent.length;
      this.#grow(shape, this.#chunks.addTiles(sample.tiling, shape ?? [], at));
    } else this.#place(sample.bytes, sample.link ? sample.shape : shape, shape);
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
      let open = this.#chunks.open ?? this.#chunks.startChunk();
      if (roomInChunk(this.#meta, open.dataBytes, itemBytes) === 0) open = this.#chunks.startChunk();
      const some = Math.min(count - done, roomInChunk(this.#meta, open.dataBytes, itemBytes));
      this.#chunks.enter(open.id, this.#extent.length + some - 1);
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
    let open = this.#chunks.open;
    const form = storageForm(this.#meta);
    if (!open || !fitsChunk(form, open.dataBytes, size)) open = this.#chunks.startChunk();
    else if (form.chunkCompression !== null && shape && !fitsPicture(form, open.shapes, shape))
      open = this.#chunks.startChunk();
    open.add(bytes, shape);
    this.#chunks.enter(open.id, this.#extent.length);
    this.#grow(recorded, size);
  }

  /**
   * Reads what replacing a sample needs: its chunk and those of its companions' rows.
   * @param sample - that replaces it, when it is known: only companions whose row changes are read then.
   * @throws {DatasetError} `unsupported` for tiled samples.
   */
  async prepareReplace(index: number, codecs: Codecs, sample?: Sample): Promise<void> {
    this.#owed.settle(this);
    const { chunks, local, following } = locate(this.#chunks.ids, index);
    const [id] = chunks;
    if (id === undefined || chunks.length > 1 || this.#chunks.tiles.has(index)) throw noTiles(this.key, index);
    const { held } = this.#chunks;
    held.pin(id);
    if (!held.editable(id)) held.edit(await loadChunk(this, id, local + following, codecs));
    const changed = sample ? this.#changedWith(index, sample) : this.companions;
    await Promise.all(
      changed.filter(({ update }) => update !== undefined).map(({ draft }) => draft.prepareReplace(index, codecs)),
    );
  }

  /** Lets go of what {@link prepareReplace} has taken up, whether it was replaced or not. */
  endReplace(): void {
    this.#chunks.held.unpin();
    for (const { draft } of this.companions) draft.endReplace();
  }

  /**
   * Replaces a sample whose chunk {@link prepareReplace} has read, and its companions' rows.
   * @param row - number of the sample for the commit's record: of the sequence, when `index` is that of an item.
   */
  replace(index: number, sample: Sample, row = index): void {
    const shape = this.#extent.shapeOf(sample);
    const changed = this.#changedWith(index, sample);
    this.#put(index, sample.bytes, sample.link ? sample.shape : shape, shape, row);
    if (this.#creds) {
      this.#creds.update(index, [sample.link?.creds ?? 0]);
      this.#mark('creds');
    }
    for (const companion of changed) replaceCompanionRow(companion, index, shape, sample.info);
  }

  #changedWith(index: number, sample: Sample): Companion[] {
    const { chunks, local } = locate(this.#chunks.ids, index);
    const chunk = this.#chunks.held.editable(chunks[0] ?? 0n);
    return changedCompanions(this.companions, chunk?.shapes, local, sample, this.#extent.shapeOf(sample));
  }

  /** Replaces the bytes and the shape of one sample, without companions. */
  put(index: number, bytes: Bytes, shape: Shape, row = index): void {
    this.#put(index, bytes, shape, shape, row);
  }

  /** Replaces tiles of a sample; their chunks keep their ids. @param row - as for {@link replace} */
  putTiles(tiles: readonly ChangedTile[], row: number): void {
    for (const { id, tile } of tiles) {
      this.#chunks.held.addTile(id, tile, true);
      this.#chunks.own(id);
      this.pendingBytes += tile.bytes.length;
    }
    if (this.#record.update(row)) this.#mark('diff');
  }

  #put(index: number, bytes: Bytes, shape: Shape, recorded: Shape, row: number): void {
    const { chunks, local } = locate(this.#chunks.ids, index);
    const chunk = this.#chunks.held.editable(chunks[0] ?? 0n);
    if (!chunk) throw new TypeError('prepareReplace was not awaited');
    if (!chunk.holds(local, bytes, shape)) {
      chunk.replace(local, bytes, shape);
      this.#chunks.own(chunk.id);
    }
    this.pendingBytes += bytes.length;
    if (recorded && this.#extent.widen(recorded)) {
      this.#metaIsStale = true;
      this.#mark('meta');
    }
    if (this.#record.update(row)) this.#mark('diff');
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

  /** Draws a chunk id that no other chunk of the tensor has. */
  get newId(): () => bigint {
    return this.#chunks.newId;
  }

  /** Takes over chunks and tables that were planned from those of now, without companions. */
  rearrange(
    arranged: Arranged,
    tables: {
      readonly extent: Extent;
      readonly sequences?: RunTable | undefined;
      readonly creds?: RunTable | undefined;
    },
  ): void {
    const { length } = arranged.layout;
    this.pendingBytes += this.#chunks.rearrange(arranged);
    this.#extent = length > 0 ? tables.extent : new Extent({ ...this.#meta, minShape: [], maxShape: [] });
    this.#extent.length = length;
    this.#sequences = tables.sequences ?? this.#sequences;
    this.#creds = tables.creds ?? this.#creds;
    this.#metaIsStale = true;
    this.#mark('meta', 'sequences', 'creds');
  }

  /** Replaces the record of what the commit changed by one that follows from it. */
  changeRecord(next: (diff: CommitDiff) => CommitDiff): void {
    this.#record.change(next);
    this.#mark('diff');
  }

  /** Tells which samples are padding. */
  setPads(pads: readonly Span[]): void {
    this.pads = pads;
    this.#mark('pads');
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
    const { held, ids, tiles, chunkSet } = this.#chunks;
    const keyOf = (id: bigint) => chunkKey(commit, key, id);
    const packed = held.pack(staged.chunks, keyOf, storageForm(meta), codecs, encode);
    const dirty = this.#dirty;
    this.#dirty = new Set();
    this.#grown = false;
    const pending = this.pendingBytes;
    this.pendingBytes = 0;
    stageParts(staged, dirty, commit, key, {
      meta,
      diff: this.#record.capture(),
      info: this.#info,
      ids,
      tiles,
      sequences: this.#sequences,
      creds: this.#creds,
      chunkSet,
      pads: this.pads,
    });
    const keepDeletions = this.#chunks.stageDeletions(staged.diffs, keyOf);
    return {
      settle: () => {
        for (const chunk of packed) {
          chunk.settle();
          this.stored.forget(chunk.key);
        }
        held.release(this.#chunks.open?.id);
      },
      restore: () => {
        this.#mark(...dirty);
        keepDeletions();
        this.pendingBytes += pending;
      },
    };
  }
}
