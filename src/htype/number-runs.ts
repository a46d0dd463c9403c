import { type Dtype, type DtypeMap, elementCount, isDtype, itemSize, newTypedArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { isEmptyInput, isNdArray, nestedShape, storeNested, storeNumber, toNdArray } from './cast.js';
import { describeShape, mismatch } from './mismatch.js';
import type { HtypeSpec, TensorContext } from './types.js';

/** Samples of one shape that follow each other. */
export interface NumberRun {
  readonly shape: readonly number[];
  /** Number of samples. */
  readonly count: number;
  /** Bytes of each of them; 0 for empty samples. */
  readonly itemBytes: number;
}

interface OpenRun extends NumberRun {
  count: number;
  readonly elements: number;
}

const FIRST_ELEMENTS = 256;
const ONE = [1]; // the shape of a single number

/** Makes the {@link NumberRuns} of a tensor; undefined when its htype or dtype has to be read sample by sample. */
export function numberRuns(spec: HtypeSpec, context: TensorContext, maxBytes: number): NumberRuns | undefined {
  const { dtype } = context.meta;
  const read = spec.numbers?.(context);
  // Numbers of these dtypes are wider in memory than stored, or pairs.
  if (!read || !isDtype(dtype) || dtype === 'float16' || dtype.startsWith('complex')) return undefined;
  return new NumberRuns(dtype, read, spec, context, maxBytes);
}

/**
 * Samples of numbers that are read into one growing buffer, so that none of them needs objects of its own.
 *
 * A sample that is refused changes nothing: its error is told when it is read by itself.
 */
export class NumberRuns {
  readonly #dtype: Dtype;
  readonly #read: (input: unknown) => unknown;
  readonly #spec: HtypeSpec;
  readonly #context: TensorContext;
  readonly #maxBytes: number;
  readonly #empty: readonly number[];
  #runs: OpenRun[] = [];
  #data: DtypeMap[Dtype];
  #elements = 0;

  /** Number of samples. */
  samples = 0;

  /** @param maxBytes - upper size of a sample. */
  constructor(
    dtype: Dtype,
    read: (input: unknown) => unknown,
    spec: HtypeSpec,
    context: TensorContext,
    maxBytes: number,
  ) {
    this.#dtype = dtype;
    this.#read = read;
    this.#spec = spec;
    this.#context = context;
    this.#maxBytes = maxBytes;
    this.#empty = context.meta.minShape.map(() => 0);
    this.#data = newTypedArray(dtype, FIRST_ELEMENTS);
  }

  /** Bytes of all samples. */
  get bytes(): number {
    return this.#elements * itemSize(this.#dtype);
  }

  /** Adds a sample. @throws {DatasetError} `sample-mismatch` for what has to be read by itself, or is wrong */
  add(input: unknown): void {
    const numbers = this.#read(input);
    if (isEmptyInput(numbers)) {
      this.#count(this.#runOf(this.#empty));
    } else if (typeof numbers === 'number') {
      const run = this.#runOf(ONE);
      storeNumber(this.#data, this.#dtype, this.#elements, numbers, this.#context);
      this.#count(run);
    } else if (Array.isArray(numbers)) {
      const shape = nestedShape(numbers, this.#context);
      const run = this.#runOf(shape);
      storeNested(numbers, shape, this.#data, this.#dtype, this.#elements, this.#context);
      this.#count(run);
    } else {
      const view = isNdArray(numbers) ? numbers.data : numbers;
      if (ArrayBuffer.isView(view) && view.byteLength > this.#maxBytes) throw this.#unfit(`${view.byteLength} bytes`);
      const { shape, data } = toNdArray(numbers, this.#dtype, this.#context);
      const run = this.#runOf(shape);
      this.#data.set(data as never, this.#elements); // of the same dtype
      this.#count(run);
    }
  }

  /** Takes the last sample back. */
  undo(): void {
    const run = this.#runs.at(-1);
    if (!run) return;
    run.count--;
    if (run.count === 0) this.#runs.pop();
    this.#elements -= run.elements;
    this.samples--;
  }

  /** Gives all samples away, one after another in C order, and starts again with none. */
  take(): { readonly bytes: Bytes; readonly runs: readonly NumberRun[] } {
    const taken = { bytes: new Uint8Array(this.#data.buffer, 0, this.bytes).slice(), runs: this.#runs };
    this.#runs = [];
    this.#elements = 0;
    this.samples = 0;
    return taken;
  }

  /** The run that a sample of a shape belongs to, with room for it. Nothing is counted yet. */
  #runOf(shape: readonly number[]): OpenRun {
    const last = this.#runs.at(-1);
    const run = last && this.#goesOn(last.shape, shape) ? last : this.#newRun(shape);
    const needed = this.#elements + run.elements;
    if (needed > this.#data.length) {
      const wider = newTypedArray(this.#dtype, Math.max(needed, 2 * this.#data.length));
      wider.set(this.#data as never); // of the same dtype
      this.#data = wider;
    }
    return run;
  }

  /** Whether shapes are the same. That of empty samples is never checked, and so stands for no other one. */
  #goesOn(before: readonly number[], shape: readonly number[]): boolean {
    return before === this.#empty || shape === this.#empty ? before === shape : sameShape(before, shape);
  }

  #newRun(shape: readonly number[]): OpenRun {
    const elements = elementCount(shape);
    const itemBytes = elements * itemSize(this.#dtype);
    if (shape !== this.#empty) {
      if (shape.length !== this.#empty.length || itemBytes > this.#maxBytes)
        throw this.#unfit(`shape ${describeShape(shape)}`);
      this.#spec.checkShape?.(shape, this.#context);
    }
    return { shape, count: 0, elements, itemBytes };
  }

  #unfit(got: string): Error {
    return mismatch(this.#context, got, 'a small sample of as many dimensions as those before');
  }

  #count(run: OpenRun): void {
    if (run.count === 0) this.#runs.push(run);
    run.count++;
    this.#elements += run.elements;
    this.samples++;
  }
}

/** Whether two shapes are the same; undefined stands for one that is not known. */
export function sameShape(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}
