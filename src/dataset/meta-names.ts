/** Names of tensors in the metadata of a dataset, and of the companions that are called after them. */
import type { DatasetMeta } from '../format/dataset-meta.js';

/** The metadata with a name for every tensor: old datasets have keys only. */
export function withNames(meta: DatasetMeta): DatasetMeta {
  if (Object.keys(meta.tensorNames).length > 0) return meta;
  return { ...meta, tensorNames: Object.fromEntries(meta.tensors.map((key) => [key, key])) };
}

/** Takes tensors out of the metadata of a dataset. */
export function withoutTensors(given: DatasetMeta, keys: readonly string[]): DatasetMeta {
  const gone = new Set(keys);
  const meta = withNames(given);
  return {
    ...meta,
    tensors: meta.tensors.filter((key) => !gone.has(key)),
    hiddenTensors: meta.hiddenTensors.filter((key) => !gone.has(key)),
    tensorNames: Object.fromEntries(Object.entries(meta.tensorNames).filter(([, key]) => !gone.has(key))),
  };
}

/** The name of a companion after its tensor's: `a/_b_id` becomes `a/_c_id`. One that is named otherwise keeps its name. */
export function companionRenamed(name: string, from: string, to: string): string {
  const [before, after] = [from, to].map((path) => {
    const at = path.lastIndexOf('/') + 1;
    return `${path.slice(0, at)}_${path.slice(at)}_`;
  });
  return before !== undefined && name.startsWith(before) ? after + name.slice(before.length) : name;
}
