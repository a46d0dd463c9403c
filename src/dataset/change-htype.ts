/** Makes another htype of a tensor, where its samples fit that. Loaded with the first such change. */
import type { StoredTensor } from '../chunk/stored-tensor.js';
import { serializeInfo } from '../format/info.js';
import { type JsonObject, stringifyJson } from '../format/json.js';
import { tensorInfoKey } from '../format/keys.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { describeShape, mismatch } from '../htype/mismatch.js';
import { loadHtype } from '../htype/table.js';
import type { HtypeSpec, TensorContext } from '../htype/types.js';
import type { Session } from './session.js';
import { changeHead } from './stored-head.js';

const targets = [
  ...['image', 'class_label', 'tag', 'bbox', 'bbox.3d', 'embedding', 'binary_mask', 'segment_mask'],
  ...['instance_label', 'keypoints_coco', 'point'],
];

/** What a tensor can become with `changeHtype`. */
export type ChangedHtype =
  | 'image'
  | 'class_label'
  | 'tag'
  | 'bbox'
  | 'bbox.3d'
  | 'embedding'
  | 'binary_mask'
  | 'segment_mask'
  | 'instance_label'
  | 'keypoints_coco'
  | 'point';

/** Changes the htype of a tensor; see `Tensor.changeHtype`. */
export function changeHtype(
  session: Session,
  key: string,
  htype: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  return changeHead({ session, handles: new Map(), closedNames: new Set() }, async (head) => {
    const name = head.nameOf(key);
    const tensor = await head.load(key);
    const { meta } = tensor;
    const from = meta.htype ?? 'generic';
    if (!targets.includes(htype) || !['generic', 'image'].includes(from) || meta.isSequence || meta.isLink) {
      throw new TypeError(
        `Tensor "${name}" of htype ${from} cannot become ${htype}. A generic or image tensor that holds no sequences or links can become ${targets.join(', ')}.`,
      );
    }
    const [spec, old] = [await loadHtype(htype, name), await loadHtype(from, name)];
    const info = changedHtypeInfo(await tensor.info(), old, spec, options);
    const dtype = meta.dtype ?? spec.dtype;
    const own = Object.entries(meta.extras).filter(([field]) => !Object.hasOwn(old.metaFields, field));
    const changed: TensorMeta = { ...meta, htype, dtype, extras: { ...Object.fromEntries(own), ...spec.metaFields } };
    const context = { name, meta: changed, info, closedNames: false, index: 0 };
    checkMeta(context, spec);
    await checkShapes(tensor, context, spec);
    const puts = [
      { key: tensorInfoKey(head.commit, key), bytes: serializeInfo(info) },
      head.putMeta(key, changed),
      ...(await head.touch(key, true)),
    ];
    return { puts };
  });
}

/** The user's keys, those of the new htype with the options given, and no defaults of the old one. */
function changedHtypeInfo(
  info: JsonObject,
  old: HtypeSpec,
  spec: HtypeSpec,
  options: Readonly<Record<string, unknown>>,
): JsonObject {
  const left = old.initialInfo({});
  const [plain, given] = [spec.initialInfo({}), spec.initialInfo(options)];
  const differs = (a: JsonObject, b: JsonObject, key: string): boolean =>
    !Object.hasOwn(a, key) || stringifyJson(a[key] ?? null) !== stringifyJson(b[key] ?? null);
  const keep = Object.entries(info).filter(([key]) => differs(left, info, key));
  const set = Object.entries(given).filter(([key]) => differs(plain, given, key));
  return { ...plain, ...Object.fromEntries(keep), ...Object.fromEntries(set) };
}

/** @throws {DatasetError} `sample-mismatch` when the numbers or the compression are not what the htype takes. */
function checkMeta(context: TensorContext, spec: HtypeSpec): void {
  const { dtype, sampleCompression, chunkCompression } = context.meta;
  const needed = spec.textLike || spec.htype === 'embedding' ? spec.dtype : dtype;
  if (dtype !== needed) throw mismatch(context, `dtype ${dtype}`, `numbers that are stored as ${needed}`);
  for (const [used, accepted] of [
    [sampleCompression, spec.sampleCompressions],
    [chunkCompression, spec.chunkCompressions],
  ] as const) {
    if (used === null || !accepted || accepted.includes(used)) continue;
    throw mismatch(context, `samples stored as ${used}`, `samples stored as ${accepted.join(', ') || 'they are'}`);
  }
}

/** Looks at the shape of every sample. @throws {DatasetError} `sample-mismatch` naming the first that does not fit */
async function checkShapes(tensor: StoredTensor, context: TensorContext, spec: HtypeSpec): Promise<void> {
  const { ids, lasts } = await tensor.chunkIds();
  const tiles = await tensor.tiles();
  for (const [row, id] of ids.entries()) {
    const index = (lasts[row - 1] ?? -1) + 1;
    const last = lasts[row] ?? index;
    const tiled = tiles.get(last);
    if (tiled) {
      checkOne(tiled.sampleShape, { ...context, index: last }, spec);
      continue;
    }
    const { shapes } = await tensor.chunk(id);
    for (let at = 0; at < (shapes?.rows ?? 0) && shapes; at++) {
      const shape = Array.from({ length: shapes.columns }, (_, axis) => shapes.value(at, axis));
      checkOne(shape, { ...context, index: index + shapes.first(at) }, spec);
    }
  }
}

function checkOne(shape: readonly number[], context: TensorContext, spec: HtypeSpec): void {
  if (shape.every((size) => size === 0)) return; // an empty sample
  spec.checkShape?.(shape, context);
  const channels = shape[2] ?? 1;
  if (spec.htype === 'image' && ![1, 3, 4].includes(channels))
    throw mismatch(context, `shape ${describeShape(shape)}`, 'pictures of one, three or four channels');
}
