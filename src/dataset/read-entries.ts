/** What reads give: samples, sequences of them, and links, as their htype puts them out. */
import { readSamples } from '../chunk/read.js';
import type { TensorSource } from '../chunk/source.js';
import { errorAt } from '../errors.js';
import { sequenceAt } from '../format/sequences.js';
import { loadHtype } from '../htype/table.js';
import type { HtypeSpec, StoredSample, TensorContext } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import type { Session, TensorRef } from './session.js';

/** Reads rows `[start, end)`: samples, or sequences as arrays of them. */
export async function readEntries(
  session: Session,
  ref: TensorRef,
  start: number,
  end: number,
  options?: CallOptions,
): Promise<unknown[]> {
  const source = await session.source(ref);
  const { sequences } = source;
  if (!source.meta.isSequence || !sequences) return readItems(session, ref, source, start, end, start, options);
  if (end <= start) return [];
  const first = sequenceAt(sequences, start).start;
  const items = await readItems(session, ref, source, first, sequenceAt(sequences, end - 1).end, start, options);
  return Array.from({ length: end - start }, (_, i) => {
    const span = sequenceAt(sequences, start + i);
    return items.slice(span.start - first, span.end - first);
  });
}

/** Reads one item of a sequence; a negative number counts from its end. @throws {RangeError} */
export async function readItem(
  session: Session,
  ref: TensorRef,
  row: number,
  item: number,
  options?: CallOptions,
): Promise<unknown> {
  const source = await session.source(ref);
  if (!source.sequences) throw new TypeError(`Tensor "${ref.name}" holds no sequences: at() takes one index.`);
  const { start, end } = sequenceAt(source.sequences, row);
  const at = item < 0 ? end + item : start + item;
  if (!Number.isInteger(at) || at < start || at >= end) {
    throw new RangeError(`Sequence ${row} of tensor "${ref.name}" has ${end - start} items; there is none at ${item}.`);
  }
  const [only] = await readItems(session, ref, source, at, at + 1, row, options);
  return only;
}

/** Reads the stored samples of rows, of items for sequences, without decoding them. */
export async function readStored(
  session: Session,
  ref: TensorRef,
  start: number,
  end: number,
  options?: CallOptions,
): Promise<StoredSample[]> {
  return readRange(session, ref, await session.source(ref), start, end, start, options);
}

async function readRange(
  session: Session,
  ref: TensorRef,
  source: TensorSource,
  start: number,
  end: number,
  row: number,
  options?: CallOptions,
): Promise<StoredSample[]> {
  options?.signal?.throwIfAborted();
  try {
    return await readSamples(source, start, end, session.reading, options);
  } catch (error) {
    throw errorAt(error, { tensor: ref.name, ...(end - start === 1 && { index: row }) });
  }
}

async function readItems(
  session: Session,
  ref: TensorRef,
  source: TensorSource,
  start: number,
  end: number,
  row: number,
  options?: CallOptions,
): Promise<unknown[]> {
  const { meta } = source;
  const spec = await loadHtype(meta.htype, ref.name);
  const context: TensorContext = {
    name: ref.name,
    meta,
    info: await source.info(options),
    closedNames: ref.closedNames,
    index: row,
  };
  if (spec.outputFile && meta.sampleCompression !== null && !meta.isLink) {
    const { readMedia } = await import('./read-media.js');
    return readMedia(session, ref, source, spec, context, start, end, options);
  }
  const samples = await readRange(session, ref, source, start, end, row, options);
  const output = meta.isLink
    ? await linkOutput(session, source, spec, context, start)
    : (sample: StoredSample) => spec.output(sample, context);
  const outputs = new Array<unknown>(samples.length);
  for (const [i, sample] of samples.entries()) {
    try {
      const made = output(sample, i);
      outputs[i] = made instanceof Promise ? await made : made;
    } catch (error) {
      throw errorAt(error, { tensor: ref.name, index: meta.isSequence ? row : start + i });
    }
  }
  return outputs;
}

/** Makes samples of stored paths. The code for links loads with the first one. */
async function linkOutput(
  session: Session,
  source: TensorSource,
  spec: HtypeSpec,
  context: TensorContext,
  start: number,
) {
  const { linkReader } = await import('./read-links.js');
  return linkReader(session, source, spec, context, start);
}
