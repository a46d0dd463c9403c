/** Turns the options of `createTensor` into the metadata of a tensor and its companions (`spec` §2.2, §6.1). */
import { canonicalCompression, compressions } from '../codec/table.js';
import { isDtype } from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';
import { emptyTensorMeta } from '../format/new-tensor-meta.js';
import type { LinkEntry, TensorMeta } from '../format/tensor-meta.js';
import { companionName } from '../format/tensor-names.js';
import { parseHtype } from '../htype/parse.js';
import { htypes, isHtype, loadHtype } from '../htype/table.js';
import type { CommonTensorOptions, HtypeSpec } from '../htype/types.js';

/** What `createTensor` is called with: common options, the htype, and the htype's own options. */
export interface TensorOptions extends CommonTensorOptions {
  readonly htype?: string | undefined;
  readonly [option: string]: unknown;
}

/** One tensor to be created. */
export interface PlannedTensor {
  readonly name: string;
  readonly meta: TensorMeta;
  readonly info: JsonObject;
}

/** A tensor to be created with its companions, in the order in which they are listed. */
export interface TensorPlan {
  readonly main: PlannedTensor;
  readonly companions: readonly (PlannedTensor & { readonly link: LinkEntry })[];
}

// 4 MB: the size that Deep Lake 3.9.52 gives to the companions of shapes and file facts.
const COMPANION_CHUNK_SIZE = 4_000_000;

const common: ReadonlySet<string> = new Set([
  'htype',
  'dtype',
  'sampleCompression',
  'chunkCompression',
  'hidden',
  'maxChunkSize',
  'tilingThreshold',
  'verify',
  'createIdTensor',
  'createShapeTensor',
  'createSampleInfoTensor',
  'encode',
]);

/**
 * Plans a tensor.
 *
 * @param name - normalised tensor name; it is also the storage key.
 * @throws {TypeError} for options that the htype does not have or that exclude each other.
 */
export async function planTensor(name: string, options: TensorOptions): Promise<TensorPlan> {
  const { base, isSequence, isLink } = parseHtype(options.htype);
  if (!isHtype(base))
    throw new TypeError(
      `htype "${base}" of tensor "${name}" cannot be created by this version. It knows ${htypes.join(', ')}.`,
    );
  const spec = await loadHtype(base, name);
  const own = Object.fromEntries(Object.entries(options).filter(([key]) => !common.has(key)));
  const info = spec.initialInfo(own);
  const verify = options.verify ?? true;
  if (isLink && options.chunkCompression)
    throw new TypeError(`Tensor "${name}": links are stored as paths; chunkCompression has no meaning for them.`);
  const compression = planCompression(name, base, spec, options);
  const dtype = planDtype(name, base, spec, options.dtype);
  const meta: TensorMeta = {
    ...emptyTensorMeta(name),
    htype: base,
    dtype,
    hidden: options.hidden ?? false,
    ...compression,
    maxChunkSize: bytesOption('maxChunkSize', options.maxChunkSize, 1),
    tilingThreshold: bytesOption('tilingThreshold', options.tilingThreshold, -1),
    isSequence,
    isLink,
    verify,
    extras: base === null ? {} : spec.metaFields,
  };
  // Links that are not looked at have no shapes and no file facts.
  const unseen = isLink && !verify ? { createShapeTensor: false, createSampleInfoTensor: false } : {};
  const companions = planCompanions(name, spec, { ...options, ...unseen });
  return { main: { name, meta: { ...meta, links: linksOf(companions) }, info }, companions };
}

function linksOf(companions: TensorPlan['companions']): Record<string, LinkEntry> {
  return Object.fromEntries(companions.map(({ name, link }) => [name, link]));
}

function planCompanions(name: string, spec: HtypeSpec, options: TensorOptions): TensorPlan['companions'] {
  const { companions } = spec;
  const plans: (PlannedTensor & { link: LinkEntry })[] = [];
  const add = (kind: 'info' | 'shape' | 'id', meta: Partial<TensorMeta>, link: LinkEntry): void => {
    const companion = companionName(name, kind);
    plans.push({ name: companion, meta: { ...emptyTensorMeta(companion), hidden: true, ...meta }, info: {}, link });
  };
  if (companions.info && options.createSampleInfoTensor !== false) {
    const meta = { htype: 'json', dtype: 'Any', maxChunkSize: COMPANION_CHUNK_SIZE };
    add('info', meta, { extend: 'extend_info', update: 'update_info', flattenSequence: true });
  }
  if (companions.shape !== 'none' && options.createShapeTensor !== false) {
    const what = companions.shape === 'length' ? 'len' : 'shape';
    const meta = { dtype: 'int64', maxChunkSize: COMPANION_CHUNK_SIZE };
    add('shape', meta, { extend: `extend_${what}`, update: `update_${what}`, flattenSequence: true });
  }
  if (options.createIdTensor !== false) add('id', {}, { extend: 'extend_id', flattenSequence: false });
  return plans;
}

function planCompression(name: string, base: string | null, spec: HtypeSpec, options: TensorOptions) {
  const { chunkCompression } = options;
  const isNamed = options.sampleCompression !== undefined || chunkCompression !== undefined;
  if (spec.needsCompression && !isNamed) throw new TypeError(`Tensor "${name}": ${compressionNeeded(base, spec)}`);
  const sampleCompression = isNamed ? options.sampleCompression : spec.defaultCompression;
  const sample = compressionOption(name, base, 'sampleCompression', sampleCompression, spec.sampleCompressions);
  const chunk = compressionOption(name, base, 'chunkCompression', chunkCompression, spec.chunkCompressions);
  if (sample !== null && chunk !== null)
    throw new TypeError(`Tensor "${name}": sampleCompression and chunkCompression exclude each other.`);
  if (spec.needsFiles && sample === null) throw new TypeError(`Tensor "${name}": ${compressionNeeded(base, spec)}`);
  return { sampleCompression: sample, chunkCompression: chunk };
}

function compressionNeeded(base: string | null, spec: HtypeSpec): string {
  const options = spec.chunkCompressions?.length === 0 ? 'sampleCompression' : 'sampleCompression or chunkCompression';
  const raw = spec.needsFiles ? '' : '; null keeps raw numbers';
  return `htype "${base}" needs ${options}: one of ${spec.sampleCompressions?.join(', ')}${raw}.`;
}

function compressionOption(
  name: string,
  base: string | null,
  option: string,
  given: string | null | undefined,
  accepted: readonly string[] | undefined,
): string | null {
  if (given === undefined || given === null) return null;
  const canonical = canonicalCompression(given);
  const known = accepted ? accepted.includes(canonical) : compressions.has(canonical);
  if (!known) {
    const list = (accepted ?? [...compressions.keys()]).join(', ') || 'none';
    throw new TypeError(
      `Tensor "${name}": ${option} "${given}" is not one that htype "${base ?? 'generic'}" takes: ${list}.`,
    );
  }
  return canonical;
}

function planDtype(name: string, base: string | null, spec: HtypeSpec, given: string | undefined): string | null {
  if (given === undefined) return base === null ? null : spec.dtype;
  if (spec.textLike ? given === spec.dtype || spec.acceptsDtype?.(given) : isDtype(given)) return given;
  const schema = spec.acceptsDtype ? ' or a schema such as "List[int]"' : '';
  const expected = spec.textLike ? `"${spec.dtype}"${schema}` : 'a number type such as "uint8" or "float32"';
  throw new TypeError(`Tensor "${name}": dtype of htype "${base ?? 'generic'}" must be ${expected}; got "${given}".`);
}

function bytesOption(option: string, given: number | undefined, least: number): number | null {
  if (given === undefined) return null;
  if (!Number.isSafeInteger(given) || given < least)
    throw new RangeError(`Option "${option}" must be a whole number of bytes from ${least}; got ${given}.`);
  return given;
}
