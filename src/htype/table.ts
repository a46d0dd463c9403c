import { DatasetError } from '../errors.js';
import type { HtypeSpec } from './types.js';

// The code of an htype loads when a tensor of it is first read, written or created.
const loaders: Record<string, () => Promise<HtypeSpec>> = {
  generic: () => import('./generic.js').then((m) => m.generic),
  image: () => import('./image.js').then((m) => m.image),
  'image.rgb': () => import('./image-mode.js').then((m) => m.imageRgb),
  'image.gray': () => import('./image-mode.js').then((m) => m.imageGray),
  class_label: () => import('./class-label.js').then((m) => m.classLabel),
  tag: () => import('./tag.js').then((m) => m.tag),
  bbox: () => import('./bbox.js').then((m) => m.bbox),
  'bbox.3d': () => import('./bbox-3d.js').then((m) => m.bbox3d),
  intrinsics: () => import('./intrinsics.js').then((m) => m.intrinsics),
  segment_mask: () => import('./segment-mask.js').then((m) => m.segmentMask),
  binary_mask: () => import('./binary-mask.js').then((m) => m.binaryMask),
  keypoints_coco: () => import('./keypoints-coco.js').then((m) => m.keypointsCoco),
  point: () => import('./point.js').then((m) => m.point),
  polygon: () => import('./polygon.js').then((m) => m.polygon),
  text: () => import('./text.js').then((m) => m.text),
  json: () => import('./json.js').then((m) => m.json),
  list: () => import('./list.js').then((m) => m.list),
  instance_label: () => import('./instance-label.js').then((m) => m.instanceLabel),
  embedding: () => import('./embedding.js').then((m) => m.embedding),
};
const loaded = new Map<string, HtypeSpec>();

/** Base htypes that can be created, written and read. */
export const htypes: readonly string[] = Object.keys(loaders);

/** Whether a base htype is one that can be loaded; an undecided one (null) is, as `generic`. */
export function isHtype(base: string | null): boolean {
  return Object.hasOwn(loaders, base ?? 'generic');
}

/**
 * Loads the spec of a base htype; an undecided one (null) is read as `generic`.
 * @throws {DatasetError} `unsupported` naming the htype and the ones that exist.
 */
export async function loadHtype(base: string | null, tensor: string): Promise<HtypeSpec> {
  const name = base ?? 'generic';
  let spec = loaded.get(name);
  if (spec) return spec;
  const load = isHtype(name) ? loaders[name] : undefined;
  if (!load) throw unknownHtype(name, tensor);
  spec = await load();
  loaded.set(name, spec);
  return spec;
}

/** Loads what writing to a tensor needs: one that is undecided takes its htype from its first sample. */
export async function loadHtypes(base: string | null, tensor: string): Promise<void> {
  const needed = base === null ? ['generic', 'text', 'json'] : [base];
  await Promise.all(needed.map((name) => loadHtype(name, tensor)));
}

/**
 * The spec of a base htype that {@link loadHtype} has loaded.
 * @throws {DatasetError} `unsupported` naming the htype and the ones that exist.
 */
export function requireHtype(base: string | null, tensor: string): HtypeSpec {
  const spec = loaded.get(base ?? 'generic');
  if (spec) return spec;
  throw unknownHtype(base, tensor);
}

function unknownHtype(base: string | null, tensor: string): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `Tensor "${tensor}" holds htype "${base}", which this version cannot read or write. It knows ${htypes.join(', ')}.`,
    { feature: `htype ${base}`, tensor },
  );
}
