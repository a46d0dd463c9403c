import type { NdArray } from '../../src/index.js';

/** Spells a number that may be a bigint. */
export declare function exactNumber(value: number | bigint): number | string;

/** Spells the numbers inside a JSON value. */
export declare function exactJson(value: unknown): unknown;

/** Elements of an array, flat. */
export declare function exactValues(array: NdArray): (number | string | boolean)[];
