/** What htype tests share: a tensor's context, and a look at the error of a refused input. */
import type { Codecs } from '../codec/types.js';
import { isDatasetError } from '../errors.js';
import type { JsonObject } from '../format/json.js';
import { parseTensorMeta, type TensorMeta } from '../format/tensor-meta.js';
import { utf8Encode } from '../util/bytes.js';
import type { TensorContext } from './types.js';

/** Metadata with the defaults of an empty tensor, but for the given fields. */
export function metaWith(fields: Partial<TensorMeta> = {}): TensorMeta {
  return { ...parseTensorMeta(utf8Encode('{}'), 'meta'), ...fields };
}

/** The context of row 7 of the tensor "t". */
export function contextWith(
  fields: Partial<TensorMeta> = {},
  info: JsonObject = {},
  closedNames = false,
): TensorContext {
  return { name: 't', meta: metaWith(fields), info, closedNames, index: 7 };
}

/** The message of the `sample-mismatch` error that an action throws or rejects with. */
export async function refusal(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (!isDatasetError(error, 'sample-mismatch')) throw error;
    const { tensor, index, got, expected } = error.data;
    if (tensor !== 't' || index !== 7) throw new Error(`names tensor ${tensor}, row ${index}`);
    if (error.message !== `Tensor "t" (generic), row 7: got ${got}. Pass ${expected}.`) return error.message;
    return `got ${got}. Pass ${expected}.`;
  }
  return 'no error';
}

const refuse = (): Promise<never> => Promise.reject(new Error('nothing is decoded here'));

/** Codecs for samples of which nothing is decoded. */
export const noCodecs: Codecs = { decode: refuse, encode: refuse, run: refuse };
