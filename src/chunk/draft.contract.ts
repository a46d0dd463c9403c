/** What tests of drafts share: drafts over memory stores. */
import { emptyDatasetDiff } from '../format/dataset-diff.js';
import { emptyDatasetMeta } from '../format/dataset-meta.js';
import { FIRST_COMMIT } from '../format/keys.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { memoryStore } from '../store/memory.js';
import type { Store } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import { codecs, newDraft, readAll } from './chunk.contract.js';
import { Draft } from './draft.js';
import type { Sample } from './sample.js';
import type { TensorDraft } from './tensor-draft.js';

/** Metadata of a tensor of bytes. */
export const u8 = { dtype: 'uint8' } as const;

/** A draft of the first commit with the given tensors. */
export function draftOf(store: Store, ...tensors: TensorDraft[]): Draft {
  const draft = new Draft(store, codecs, {
    commit: FIRST_COMMIT,
    meta: emptyDatasetMeta(),
    info: {},
    diff: emptyDatasetDiff(),
  });
  for (const tensor of tensors) draft.addTensor(tensor);
  return draft;
}

/** Appends samples to a new tensor and stores it. */
export async function store(samples: readonly Sample[], fields: Partial<TensorMeta> = u8, into = memoryStore()) {
  const tensor = newDraft(into, fields);
  for (const sample of samples) tensor.append(sample);
  await draftOf(into, tensor).flush();
  return into;
}

/** The bytes of a key that must be there. */
export const stored = async (from: Store, key: string): Promise<Bytes> => {
  const bytes = await from.get(key);
  if (!bytes) throw new Error(`${key} is not stored`);
  return bytes;
};

/** The values of all samples of a tensor. */
export const values = async (source: Parameters<typeof readAll>[0]) =>
  (await readAll(source)).map((sample) => sample.values);

/** A tensor with all three companions. */
export function withCompanions(into: Store) {
  const main = newDraft(into, { ...u8, links: {} }, 'x');
  const info = newDraft(into, { htype: 'json', dtype: 'Any', hidden: true }, '_x_info');
  const shape = newDraft(into, { dtype: 'int64', hidden: true }, '_x_shape');
  const id = newDraft(into, { hidden: true }, '_x_id');
  main.link('_x_info', { extend: 'extend_info', update: 'update_info', flattenSequence: true }, info);
  main.link('_x_shape', { extend: 'extend_shape', update: 'update_shape', flattenSequence: true }, shape);
  main.link('_x_id', { extend: 'extend_id', flattenSequence: false }, id);
  return { main, info, shape, id, draft: draftOf(into, info, shape, id, main) };
}

/** A memory store whose methods can be replaced one by one. */
export function wrap(inner: ReturnType<typeof memoryStore>): Store {
  return {
    address: 'memory://',
    get: inner.get.bind(inner),
    getRange: inner.getRange.bind(inner),
    list: inner.list.bind(inner),
    write: inner.write.bind(inner),
  };
}
