/** From a link to a sample: its path, and what a look at its target tells. */
import type { Sample } from '../chunk/sample.js';
import { requireCodec } from '../codec/table.js';
import type { Dtype } from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { isCloudPath } from '../htype/cloud-path.js';
import { describeInput, describeShape, mismatch } from '../htype/mismatch.js';
import type { LinkedSample } from '../htype/schema.js';
import type { HtypeSpec, TensorContext } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import { type Awaitable, utf8Encode } from '../util/bytes.js';
import type { LinkWriter } from './encode-row.js';

const ONE = [1];

/**
 * Encodes a link. Its target is loaded when the tensor verifies links, and not otherwise.
 * @throws {DatasetError} `storage` and `codec` when the target cannot be read, `sample-mismatch` when it does not fit
 */
export function encodeLink(
  input: unknown,
  spec: HtypeSpec,
  context: TensorContext,
  links: LinkWriter,
  call: CallOptions,
): Awaitable<Sample> {
  const link = parseLink(input, context);
  if (link.path === '') return sampleOf('', undefined, undefined, 0);
  if (isCloudPath(link.path) && !link.credsKey) {
    throw mismatch(
      context,
      `a link to ${link.path} without a credentials key`,
      'link(path, { credsKey }) for files in cloud storage',
    );
  }
  const creds = links.use(link);
  // Deep Lake records uint8 for links that nobody looked at.
  if (!context.meta.verify) return sampleOf(link.path, undefined, spec.dtype === null ? 'uint8' : undefined, creds);
  return verified(link, spec, context, links, creds, call);
}

async function verified(
  link: LinkedSample,
  spec: HtypeSpec,
  context: TensorContext,
  links: LinkWriter,
  creds: number,
  call: CallOptions,
): Promise<Sample> {
  const file = await links.load(link, call);
  const readHeader = await requireCodec(file.compression).loadHeader?.();
  if (!readHeader)
    throw mismatch(
      context,
      `a link to a file of ${file.compression}`,
      'links to media files, or create the tensor with verify: false',
    );
  const header = await readHeader(file.bytes);
  const shape = targetShape(header.shape, spec, context.meta);
  const dims = context.meta.minShape.length;
  if (dims > 0 && shape.length !== dims)
    throw mismatch(
      context,
      `a link to shape ${describeShape(shape)}`,
      `targets of ${dims} dimensions like those before`,
    );
  const info: JsonObject = {
    ...(header.info as JsonObject),
    shape: [...header.shape],
    format: file.compression,
    filename: link.path,
    modified: false,
  };
  return sampleOf(link.path, shape, header.dtype, creds, info);
}

/** The shape of a target with a channel axis where the tensor's others have one. */
export function targetShape(shape: readonly number[], spec: HtypeSpec, { minShape }: TensorMeta): readonly number[] {
  const three = minShape.length === 3 || (minShape.length === 0 && spec.addsChannelAxis);
  return shape.length === 2 && three ? [...shape, 1] : shape;
}

function sampleOf(
  path: string,
  shape: readonly number[] | undefined,
  dtype: Dtype | undefined,
  creds: number,
  info?: JsonObject,
): Sample {
  return { bytes: utf8Encode(path), shape: ONE, dtype, link: { shape, creds }, ...(info && { info }) };
}

function parseLink(input: unknown, context: TensorContext): LinkedSample {
  if (input === null || input === undefined) return { path: '' };
  if (typeof input === 'string' || input instanceof URL) return { path: String(input) };
  if (typeof input === 'object' && 'path' in input && typeof input.path === 'string') {
    const { path, credsKey } = input as LinkedSample;
    return { path, ...(credsKey && { credsKey }) };
  }
  throw mismatch(context, describeInput(input), 'link(path), or null for an empty link');
}
