import { readFiles } from '../chunk/read-files.js';
import type { TensorSource } from '../chunk/source.js';
import { errorAt } from '../errors.js';
import type { HtypeSpec, TensorContext } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import type { Session, TensorRef } from './session.js';

/** Reads items `[start, end)` of a tensor of files, which are read in parts where they are large. */
export async function readMedia(
  session: Session,
  ref: TensorRef,
  source: TensorSource,
  spec: HtypeSpec,
  context: TensorContext,
  start: number,
  end: number,
  options?: CallOptions,
): Promise<unknown[]> {
  options?.signal?.throwIfAborted();
  try {
    const files = await readFiles(source, start, end, session.reading, () => session.source(ref), options);
    return files.map((file) => spec.outputFile?.(file, context));
  } catch (error) {
    throw errorAt(error, { tensor: ref.name, ...(end - start === 1 && { index: context.index }) });
  }
}
