import { DatasetError } from '../errors.js';
import { bbox } from './bbox.js';
import { classLabel } from './class-label.js';
import { generic } from './generic.js';
import { image } from './image.js';
import { json } from './json.js';
import { text } from './text.js';
import type { HtypeSpec } from './types.js';

const specs: ReadonlyMap<string, HtypeSpec> = new Map(
  [generic, image, classLabel, bbox, text, json].map((spec) => [spec.htype, spec]),
);

/** Base htypes that can be created, written and read. */
export const htypes: readonly string[] = [...specs.keys()];

/** Finds the spec of a base htype; an undecided one (null) is read as `generic`. Undefined for unknown names. */
export function findHtype(base: string | null): HtypeSpec | undefined {
  return specs.get(base ?? 'generic');
}

/**
 * Finds the spec of a base htype that is needed now.
 * @throws {DatasetError} `unsupported` naming the htype and the ones that exist.
 */
export function requireHtype(base: string | null, tensor: string): HtypeSpec {
  const spec = findHtype(base);
  if (spec) return spec;
  throw new DatasetError(
    'unsupported',
    `Tensor "${tensor}" holds htype "${base}", which this version cannot read or write. It knows ${htypes.join(', ')}.`,
    { feature: `htype ${base}`, tensor },
  );
}
