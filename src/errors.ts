/**
 * The errors of the library.
 *
 * A wrong argument is a `TypeError` or `RangeError`. Everything else is one {@link DatasetError} with a `code`
 * that a program can act on, typed `data`, and a message in three parts: what failed, where, what to do now.
 */

/** Where in a dataset something happened. Filled in as an error travels outwards. */
export interface ErrorPlace {
  /** Tensor name. */
  readonly tensor?: string;
  /** Row in the tensor, or in the rows given to `extend`. */
  readonly index?: number;
  /** Storage key. */
  readonly key?: string;
}

/** A sample that both sides of a merge changed. */
export interface MergeConflict {
  /** Name of the tensor on the branch that is merged into. */
  readonly tensor: string;
  /** Id of the sample: a whole number of 64 bits in decimal digits. */
  readonly id: string;
  /** Row on the branch that is merged into. */
  readonly ours: number;
  /** Row on the branch that is merged. */
  readonly theirs: number;
}

/** The facts that each code carries. */
export interface ErrorData {
  /** Something asked for by name does not exist. */
  'not-found': ErrorPlace & {
    readonly what: 'dataset' | 'tensor' | 'group' | 'commit' | 'chunk' | 'key' | 'view';
    readonly name: string;
  };
  /** Something to be created exists already. */
  exists: ErrorPlace & {
    readonly what: 'dataset' | 'tensor' | 'group' | 'key' | 'branch' | 'view';
    readonly name: string;
  };
  /** Writing is not possible: opened for reading, locked by another writer, or not at the head of a branch. */
  'read-only': ErrorPlace & { readonly reason: 'mode' | 'locked' | 'detached' | 'store'; readonly holder?: string };
  /** A sample does not fit its tensor. */
  'sample-mismatch': ErrorPlace & { readonly expected: string; readonly got: string };
  /** Stored bytes contradict the format or each other. */
  corrupt: ErrorPlace & { readonly expected: number | string; readonly got: number | string };
  /** The schema given to `openDataset` is not the stored one. */
  'schema-mismatch': ErrorPlace & { readonly field: string; readonly expected: string; readonly got: string };
  /** Valid, but not something this library (or this browser) can do. */
  unsupported: ErrorPlace & { readonly feature: string };
  /** Compressed bytes cannot be decoded, or values cannot be encoded. */
  codec: ErrorPlace & { readonly compression: string; readonly reason: string };
  /** The store failed: quota, network, permission. */
  storage: ErrorPlace & { readonly reason: 'quota' | 'network' | 'denied' | 'failed'; readonly status?: number };
  /** A commit, branch or merge that cannot be made. */
  history: ErrorPlace & {
    readonly reason: 'unchanged' | 'uncommitted' | 'branch-in-use' | 'conflict' | 'mismatch' | 'changed';
    /** Branch or commit. */
    readonly name?: string;
    /** Samples that both sides of a merge changed. */
    readonly conflicts?: readonly MergeConflict[];
  };
  /** The dataset, store or pool was closed. */
  closed: ErrorPlace & { readonly what: string };
}

/** One of the codes in {@link ErrorData}. */
export type ErrorCode = keyof ErrorData;

// Registered, so that errors of a second copy of the package are recognised too.
const brand = Symbol.for('lakelet.error');

/** The form in which an error crosses from a worker: see {@link DatasetError.toJSON}. */
export interface SerializedError<C extends ErrorCode = ErrorCode> {
  /** Which kind of error it is. */
  readonly code: C;
  /** What failed, where, what to do now. */
  readonly message: string;
  /** The facts of the message. */
  readonly data: ErrorData[C];
}

/**
 * An error of a dataset, told apart by `code`.
 *
 * @example
 * try { await ds.append(row) }
 * catch (error) { if (isDatasetError(error, 'sample-mismatch')) show(error.message) }
 */
export class DatasetError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'DatasetError';
  /** Which kind of error it is; decides the type of {@link data}. */
  readonly code: C;
  /** The facts of the message, for programs. */
  readonly data: ErrorData[C];

  constructor(code: C, message: string, data: ErrorData[C], options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.data = data;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Plain data for `postMessage` and logs; {@link errorFromJSON} makes an error of it again. */
  toJSON(): SerializedError<C> {
    return { code: this.code, message: this.message, data: this.data };
  }
}

/** Makes an error again of what {@link DatasetError.toJSON} gave. */
export function errorFromJSON<C extends ErrorCode>(json: SerializedError<C>): DatasetError<C> {
  return new DatasetError(json.code, json.message, json.data);
}

/**
 * Tells whether a caught value is a {@link DatasetError}, optionally with one of the given codes.
 *
 * Works across two copies of the package, where `instanceof` does not.
 */
export function isDatasetError<C extends ErrorCode = ErrorCode>(
  value: unknown,
  ...codes: C[]
): value is DatasetError<C> {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false;
  return codes.length === 0 || codes.includes((value as unknown as DatasetError<C>).code);
}

/**
 * Adds the place to an error on its way out; places that it already names are kept.
 *
 * Errors that are no {@link DatasetError} (an abort reason, a `TypeError`) are returned as they are.
 */
export function errorAt(error: unknown, place: ErrorPlace): unknown {
  if (!isDatasetError(error)) return error;
  const news: string[] = [];
  if (place.tensor !== undefined && error.data.tensor === undefined) news.push(`Tensor "${place.tensor}"`);
  if (place.index !== undefined && error.data.index === undefined) news.push(`row ${place.index}`);
  if (place.key !== undefined && error.data.key === undefined) news.push(`key ${place.key}`);
  if (news.length === 0) return error;
  return new DatasetError(
    error.code,
    `${news.join(', ')}: ${error.message}`,
    { ...place, ...error.data },
    { cause: error },
  );
}
