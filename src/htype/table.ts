import { DatasetError } from '../errors.js';
import type { HtypeSpec } from './types.js';

const builtIn = () => import('./built-in.js');

// The code of htypes loads, all of it at once, when a tensor is first read, written or created: each is small, and files
// cost more than bytes.
const loaders: Record<string, () => Promise<HtypeSpec>> = {
  generic: () => builtIn().then((m) => m.generic),
  image: () => builtIn().then((m) => m.image),
  'image.rgb': () => builtIn().then((m) => m.imageRgb),
  'image.gray': () => builtIn().then((m) => m.imageGray),
  class_label: () => builtIn().then((m) => m.classLabel),
  tag: () => builtIn().then((m) => m.tag),
  bbox: () => builtIn().then((m) => m.bbox),
  'bbox.3d': () => builtIn().then((m) => m.bbox3d),
  intrinsics: () => builtIn().then((m) => m.intrinsics),
  segment_mask: () => builtIn().then((m) => m.segmentMask),
  binary_mask: () => builtIn().then((m) => m.binaryMask),
  keypoints_coco: () => builtIn().then((m) => m.keypointsCoco),
  point: () => builtIn().then((m) => m.point),
  polygon: () => builtIn().then((m) => m.polygon),
  video: () => builtIn().then((m) => m.video),
  audio: () => builtIn().then((m) => m.audio),
  dicom: () => builtIn().then((m) => m.dicom),
  nifti: () => builtIn().then((m) => m.nifti),
  point_cloud: () => builtIn().then((m) => m.pointCloud),
  mesh: () => builtIn().then((m) => m.mesh),
  text: () => builtIn().then((m) => m.text),
  json: () => builtIn().then((m) => m.json),
  list: () => builtIn().then((m) => m.list),
  instance_label: () => builtIn().then((m) => m.instanceLabel),
  embedding: () => builtIn().then((m) => m.embedding),
};
const loaded = new Map<string, HtypeSpec>();

const names = Object.keys(loaders);

/** Base htypes that can be created, written and read; those of {@link registerHtype} come last. */
export const htypes: readonly string[] = names;

/** An htype of the user's own: its name and number type, and whatever differs from an htype of plain numbers. */
export type HtypePlugin = Pick<HtypeSpec, 'htype' | 'dtype'> & Partial<HtypeSpec>;

/**
 * Adds an htype. Call it once, before datasets with such tensors are created or opened.
 *
 * What the spec leaves out is that of `generic`: numbers of any shape go in, an array comes out. Its types are told to
 * TypeScript by declaration merging: a line in `HtypeMap<O>` (what `append` takes, what a read gives) and one in
 * `HtypeOptions`. Deep Lake in Python has no such htype: for data that it shall read, use a built-in one.
 *
 * @throws {TypeError} for a name that is taken, or that the metadata could not hold.
 * @example
 * declare module 'lakelet' {
 *   interface HtypeMap<O> { quaternion: { in: NumericInput; out: NdArray<'float32'> } }
 *   interface HtypeOptions { quaternion: CommonTensorOptions }
 * }
 * registerHtype({
 *   htype: 'quaternion',
 *   dtype: 'float32',
 *   checkShape(shape) {
 *     const [expected, got] = ['four numbers', `shape (${shape})`];
 *     if (shape.join() !== '4') throw new DatasetError('sample-mismatch', `Pass ${expected}, not ${got}.`, { expected, got });
 *   },
 * });
 */
export function registerHtype(spec: HtypePlugin): void {
  const { htype, dtype } = spec;
  if (typeof htype !== 'string' || !/^(?!(sequence|link)$)[a-z][a-z0-9_.]*$/.test(htype))
    throw new TypeError(`An htype is named in small letters, digits, "_" and ".", such as "quaternion"; got ${htype}.`);
  if (dtype !== null && typeof dtype !== 'string')
    throw new TypeError(`htype "${htype}" needs a dtype such as "float32", or null for that of the first sample.`);
  if (isHtype(htype)) throw new TypeError(`There is an htype "${htype}" already. Choose another name.`);
  loaders[htype] = async () => {
    const { numbersSpec } = await import('./generic.js');
    return numbersSpec(htype, null, spec);
  };
  names.push(htype);
}

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

/** Begins to load the code of htypes, so that it is there when a dataset has been opened. */
export function preloadHtypes(): void {
  builtIn().catch(() => {}); // told when an htype is needed
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
    `Tensor "${tensor}" holds htype "${base}", which is not known. Add it with registerHtype(), or use one of ${htypes.join(', ')}.`,
    { feature: `htype ${base}`, tensor },
  );
}
