import { readFile } from 'node:fs/promises';
import { DatasetError, isDatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';

/** What FFmpeg decodes a file of e2e/fixtures/media/audio to. */
export interface SoundFile {
  readonly rate: number;
  readonly channels: number;
  readonly length: number;
  readonly dtype: string;
  readonly sha256?: string;
  readonly step?: number;
  readonly points?: readonly number[];
  readonly energy?: number;
}

/** Reads a file of e2e/fixtures/media. */
export async function loadMedia(name: string): Promise<Bytes> {
  return new Uint8Array(await readFile(new URL(`../../e2e/fixtures/media/${name}`, import.meta.url)));
}

/** Runs something that may fail with `codec` or `unsupported` only. @returns the error, or the result */
export async function attempt<T>(action: () => T | Promise<T>): Promise<T | DatasetError> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof DatasetError && (isDatasetError(error, 'codec') || isDatasetError(error, 'unsupported')))
      return error;
    throw error;
  }
}

/** Numbers from 0 up to below 1, the same in each run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
