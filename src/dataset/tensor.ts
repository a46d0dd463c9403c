import type { Region } from '../chunk/region.js';
import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';
import { formatHtype } from '../htype/parse.js';
import type { NumericInput } from '../htype/schema.js';
import type { EncodedSample } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable } from '../util/bytes.js';
import type { ChangedHtype } from './change-htype.js';
import type { Info, InfoChange } from './info.js';
import { readEntries, readItem, readStored } from './read-entries.js';
import type { RegionOptions } from './regions.js';
import type { Session, TensorRef } from './session.js';
import { type ShapeInterval, shapeInterval, type TensorShape, tensorShape } from './shape.js';
import type { WriteOptions } from './write-rows.js';

/** Options of reads of many samples. */
export interface ReadRangeOptions extends CallOptions {
  /** First sample; default 0. */
  readonly start?: number;
  /** End, exclusive; default the length of the tensor. */
  readonly end?: number;
  /** Blocks of samples that are read ahead; default 2. */
  readonly prefetch?: number;
}

type ItemOf<I> = Exclude<I, null | undefined> extends Iterable<infer E> ? E : never;

/** What `Tensor.set` takes behind the index: a sample, or the number of an item of a sequence and that item. */
export type SetArguments<I> =
  | [sample: I, options?: CallOptions]
  | [item: number, sample: ItemOf<I>, options?: CallOptions];

const PREFETCH_BLOCKS = 2;

/** The info of a tensor, or of the dataset. */
export function infoOf(session: Session, get: () => Awaitable<JsonObject>, ref?: TensorRef): Info {
  const change =
    (how: InfoChange) =>
    (...given: unknown[]) =>
      session.write((writer) => writer.changeInfo(ref, how, given));
  return {
    get: async () => structuredClone(await get()),
    update: change('update'),
    replace: change('replace'),
    remove: change('remove'),
  };
}

/**
 * A named column of a dataset: samples of one htype.
 *
 * @typeParam H - htype as spelled in the metadata. @typeParam I - what `append` takes. @typeParam O - what a read gives.
 */
export class Tensor<H extends string = string, I = unknown, O = unknown> implements AsyncIterable<O> {
  /** Name, with groups: `train/images`. */
  readonly name: string;
  /** Info of the tensor, such as `class_names`. */
  readonly info: Info;
  readonly #session: Session;
  readonly #ref: TensorRef;

  /** Handles are made by datasets. */
  constructor(session: Session, ref: TensorRef) {
    this.#session = session;
    this.#ref = ref;
    this.name = ref.name;
    this.info = infoOf(session, async () => (await session.source(ref)).info(), ref);
  }

  /** htype as spelled in the metadata, such as `image` or `sequence[image]`; `generic` while undecided. */
  get htype(): H {
    const { htype, isLink, isSequence } = this.#state.meta;
    return (formatHtype({ base: htype, isLink, isSequence }) ?? 'generic') as H;
  }

  /** Number type by numpy's name, `str` or a JSON schema; null until the first sample decides. */
  get dtype(): string | null {
    return this.#state.meta.dtype;
  }

  /** Number of samples. */
  get length(): number {
    return this.#state.length;
  }

  /** Number of samples, then the size of each axis; null where samples differ. */
  get shape(): TensorShape {
    return tensorShape(this.shapeInterval);
  }

  /** Lowest and highest size of each axis, number of samples first. */
  get shapeInterval(): ShapeInterval {
    return shapeInterval(this.#state);
  }

  /** Compression of each sample, or null. */
  get sampleCompression(): string | null {
    return this.#state.meta.sampleCompression;
  }

  /** Compression of whole chunks, or null. */
  get chunkCompression(): string | null {
    return this.#state.meta.chunkCompression;
  }

  /**
   * Reads one sample, or one item of a sequence without the others. A negative index counts from the end.
   *
   * @throws {RangeError} when there is no such sample or item.
   * @throws {DatasetError} `corrupt`, `codec`, `not-found`, `unsupported` naming tensor, row and key.
   */
  at(index: number, item: number, options?: CallOptions): Promise<O extends readonly (infer E)[] ? E : never>;
  at(index: number, options?: CallOptions): Promise<O>;
  /**
   * Reads a part of one sample as an array. Of samples that are stored as they are, only its bytes are read; of tiled
   * ones, only the tiles that it touches.
   */
  at(index: number, options: RegionOptions): Promise<NdArray>;
  async at(index: number, second?: number | Partial<RegionOptions>, third?: CallOptions): Promise<unknown> {
    const row = this.#row(index);
    if (typeof second === 'number') return readItem(this.#session, this.#ref, row, second, third);
    if (second?.region)
      return (await import('./regions.js')).readRegion(this.#session, this.#ref, row, second as RegionOptions);
    const [sample] = await this.#read(row, row + 1, second);
    return sample;
  }

  /** The stored file of a sample without decoding it; undefined when the tensor has no sample compression. */
  async encoded(index: number, options?: CallOptions): Promise<EncodedSample | undefined> {
    const row = this.#row(index);
    const [sample] = await readStored(this.#session, this.#ref, row, row + 1, options);
    return sample?.encoded();
  }

  /** Reads samples one after another, the next ones ahead of their turn. */
  async *values(options: ReadRangeOptions = {}): AsyncGenerator<O, void, undefined> {
    const { start = 0, end = this.length, prefetch = PREFETCH_BLOCKS, signal } = options;
    const last = Math.min(end, this.length);
    const { readAhead } = await import('./read-ahead.js');
    yield* readAhead(Math.max(0, start), last, (from, to) => this.#read(from, to, options), { prefetch, signal });
  }

  /** Reads a range of samples, or all of them. */
  toArray(options: ReadRangeOptions = {}): Promise<O[]> {
    const { start = 0, end = this.length } = options;
    return this.#read(Math.max(0, start), Math.min(end, this.length), options);
  }

  /** Reads all samples in order. */
  [Symbol.asyncIterator](): AsyncIterator<O> {
    return this.values()[Symbol.asyncIterator]();
  }

  /**
   * Appends one sample. Resolves when it is in the draft, which is stored by itself soon, or with `flush`.
   * @throws {DatasetError} `sample-mismatch`, `codec`, `read-only`
   */
  async append(sample: I, options?: CallOptions): Promise<void> {
    await this.extend([sample], options);
  }

  /**
   * Appends samples, all or none of them. With `ignoreErrors` samples that cannot be appended are left out, and
   * `onSkip` is told of them.
   * @returns number of samples appended.
   */
  extend(samples: Iterable<I> | AsyncIterable<I>, options: WriteOptions = {}): Promise<number> {
    return this.#session.write((writer) => writer.appendSamples(this.#ref, samples, options), options.signal);
  }

  /**
   * Replaces one sample by another, whose shape may differ; a sequence by one that may have another number of items. A
   * negative index counts from the end. An index beyond the end makes the tensor that long: empty samples fill the gap,
   * and are recorded as padding. With the number of an item before the sample, one item of a sequence is replaced.
   *
   * Resolves when the change is in the draft, as {@link append} does.
   * @throws {RangeError} for numbers that are no index. @throws {DatasetError} `sample-mismatch`, `codec`, `read-only`
   */
  set(index: number, ...change: SetArguments<I>): Promise<void> {
    return this.#session.edit((edits, writer) => edits.setSample(writer, this.#ref, index, change));
  }

  /**
   * Replaces a part of one sample by numbers, which are repeated to fill it as numpy does; `item` names that of a sequence.
   *
   * Files are decoded, changed and encoded again: those of lossy formats lose a little each time. Of samples that are cut
   * into tiles, only the tiles are written that change.
   * @example await images.setRegion(0, [[0, 16], [0, 16], null], 255); // a white corner
   * @throws {RangeError} when there is no such sample or region, or the values do not fill it.
   * @throws {DatasetError} `sample-mismatch`, `unsupported` for files of video, sound and the like, `codec`, `read-only`
   */
  setRegion(
    index: number,
    region: Region,
    values: NumericInput,
    options?: CallOptions & { readonly item?: number },
  ): Promise<void> {
    return this.#session.write(
      (writer) => writer.setRegion(this.#ref, this.#row(index), values, { ...options, region }),
      options?.signal,
    );
  }

  /**
   * Makes another htype of a generic tensor, or of images, whose samples it fits. Samples and dtype stay; the info gets
   * what the htype has there, such as class names. Stored at once, with all changes before it.
   *
   * @param options - those of the htype, as in its builder: `{ classNames: ['cat', 'dog'] }`.
   * @throws {TypeError} for an htype that cannot be made of this one, and for options that it does not have.
   * @throws {DatasetError} `sample-mismatch` naming a sample that does not fit, `read-only`, `storage`
   */
  changeHtype(htype: ChangedHtype, options?: Readonly<Record<string, unknown>>): Promise<void> {
    return import('./change-htype.js').then((m) => m.changeHtype(this.#session, this.#ref.key, htype, options));
  }

  /**
   * Removes samples: the last one, that of an index, or those of several. Negative indexes count from the end. Other
   * tensors keep theirs: see {@link Dataset.pop} for rows.
   * @throws {RangeError} when there is no such sample, or one is named twice. @throws {DatasetError} `read-only`
   */
  pop(rows?: number | readonly number[]): Promise<void> {
    return this.#session.edit((edits, writer) => edits.popRows(writer, [this.#ref], rows));
  }

  /**
   * Puts samples before the sample at an index, all or none of them; at the end they are appended.
   * @throws {RangeError} @throws {DatasetError} as {@link append}
   */
  insert(index: number, samples: Iterable<I> | AsyncIterable<I>, options?: CallOptions): Promise<void> {
    return this.#session.edit((edits, writer) => edits.insertSamples(writer, this.#ref, index, samples, options));
  }

  /** Removes all samples; the info stays, and so do htype and dtype. */
  clear(): Promise<void> {
    return this.#session.edit((edits, writer) => edits.clear(writer, this.#ref));
  }

  /** Joins small chunks and splits those that are too large, which edits leave behind. Samples stay as they are. */
  rechunk(): Promise<void> {
    return this.#session.edit((edits, writer) => edits.rechunk(writer, [this.#ref]));
  }

  /** The tensor as it is now: its tables and its length. @internal */
  async open() {
    return { source: await this.#session.source(this.#ref), length: this.length };
  }

  /** Reads samples as {@link toArray} does, without checks of the range. @internal */
  readRange(start: number, end: number, options?: CallOptions): Promise<O[]> {
    return this.#read(start, end, options);
  }

  get #state() {
    const state = this.#session.known(this.#ref);
    if (!state)
      throw new DatasetError('not-found', `Tensor "${this.name}" is not there any more.`, {
        what: 'tensor',
        name: this.name,
      });
    return state;
  }

  #row(index: number): number {
    const { length } = this;
    const row = index < 0 ? length + index : index;
    if (Number.isInteger(row) && row >= 0 && row < length) return row;
    throw new RangeError(`Tensor "${this.name}" has ${length} samples; there is none at ${index}.`);
  }

  #read(start: number, end: number, options?: CallOptions): Promise<O[]> {
    return readEntries(this.#session, this.#ref, start, end, options) as Promise<O[]>;
  }
}
