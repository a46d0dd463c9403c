/** What a pool and its workers say to each other, and the worker's side of it. */

import { isDatasetError, type SerializedError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { createInlinePool } from './inline-pool.js';
import type { CodecPool } from './pool.js';
import { type TaskInput, type TaskName, transferablesOf } from './tasks.js';
import type { CodecConfig, DecodeHint, EncodeOptions } from './types.js';

/** One job, without the number that tells its answer. A worker has at most one at a time. */
export type CodecJob =
  | { readonly type: 'decode'; readonly name: string; readonly bytes: Bytes; readonly hint: DecodeHint }
  | { readonly type: 'encode'; readonly name: string; readonly array: NdArray; readonly options: EncodeOptions }
  | { readonly type: 'run'; readonly task: TaskName; readonly input: TaskInput<TaskName> };

/** From the pool to a worker. Buffers inside are transferred: they are the worker's then. */
export interface CodecRequest {
  readonly id: number;
  readonly config: CodecConfig;
  readonly job: CodecJob;
}

/** From a worker to the pool. */
export type CodecMessage =
  | (CodecResponse & {
      /** The memory in which the bytes of the job came, for those of another. */
      readonly spare?: ArrayBuffer;
    })
  /** It has started, and holds a lock of this name as long as it lives, which is how its end is noticed. */
  | { readonly type: 'alive'; readonly lock: string };

/** The answer to a request. */
export type CodecResponse =
  | { readonly id: number; readonly type: 'array'; readonly array: NdArray }
  | { readonly id: number; readonly type: 'bytes'; readonly bytes: Bytes }
  | { readonly id: number; readonly type: 'value'; readonly value: unknown }
  | { readonly id: number; readonly type: 'error'; readonly error: SerializedError }
  /** An error that is no `DatasetError`: a fault of the library or the platform. */
  | { readonly id: number; readonly type: 'fault'; readonly name: string; readonly message: string };

/** Makes the worker's function that does one request. Never rejects: errors are answers. */
export function createResponder(): (request: CodecRequest) => Promise<CodecResponse> {
  let pool: CodecPool | undefined;
  return async ({ id, config, job }) => {
    pool ??= createInlinePool(config);
    try {
      if (job.type === 'decode') return { id, type: 'array', array: await pool.decode(job.name, job.bytes, job.hint) };
      if (job.type === 'run') return { id, type: 'value', value: await pool.run(job.task, job.input) };
      return { id, type: 'bytes', bytes: await pool.encode(job.name, job.array, job.options) };
    } catch (error) {
      if (isDatasetError(error))
        return { id, type: 'error', error: { code: error.code, message: error.message, data: error.data } };
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      return { id, type: 'fault', name, message };
    }
  };
}

/** The memory that came with a job to decode, when it is made for several (so longer) and the answer does not hold it. */
export function spareOf({ job }: CodecRequest, response: CodecResponse): ArrayBuffer | undefined {
  if (job.type !== 'decode') return undefined;
  const { buffer } = job.bytes;
  return buffer.byteLength > job.bytes.length && !transferOf(response).includes(buffer) ? buffer : undefined;
}

/** The buffers that an answer hands over. */
export function transferOf(response: CodecResponse): Transferable[] {
  if (response.type === 'value') return transferablesOf(response.value);
  if (response.type === 'array') return [response.array.data.buffer];
  return response.type === 'bytes' ? [response.bytes.buffer] : [];
}
