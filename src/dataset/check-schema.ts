import { canonicalCompression } from '../codec/table.js';
import { DatasetError } from '../errors.js';
import type { JsonObject } from '../format/json.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { formatHtype, parseHtype } from '../htype/parse.js';
import type { Schema, TensorDef } from '../htype/schema.js';

/** A stored tensor, as far as a schema speaks of it. */
export interface CheckedTensor {
  readonly meta: TensorMeta;
  readonly info: JsonObject;
}

/**
 * Checks what a schema says against what is stored. The schema may list fewer tensors, and leave options out.
 * @throws {DatasetError} `schema-mismatch` naming tensor, field, stored and expected value.
 */
export async function checkSchema(
  schema: Schema,
  find: (name: string) => Promise<CheckedTensor | undefined>,
): Promise<void> {
  for (const [name, def] of Object.entries(schema)) {
    const stored = await find(name);
    if (!stored) throw schemaMismatch(name, 'tensor', 'a tensor of this name', 'none');
    checkTensor(name, def, stored);
  }
}

function checkTensor(name: string, def: TensorDef, { meta, info }: CheckedTensor): void {
  const expected = formatHtype(parseHtype(def.htype)) ?? 'generic';
  const got = formatHtype({ base: meta.htype, isSequence: meta.isSequence, isLink: meta.isLink }) ?? 'generic';
  if (expected !== got) throw schemaMismatch(name, 'htype', expected, got);
  const { dtype, sampleCompression, chunkCompression, classNames } = def as TensorDef & {
    readonly classNames?: readonly string[];
  };
  if (dtype !== undefined && meta.dtype !== null && dtype !== meta.dtype)
    throw schemaMismatch(name, 'dtype', dtype, meta.dtype);
  checkCompression(name, 'sampleCompression', sampleCompression, meta.sampleCompression);
  checkCompression(name, 'chunkCompression', chunkCompression, meta.chunkCompression);
  if (classNames !== undefined) {
    const stored = Array.isArray(info.class_names) ? info.class_names : [];
    // Names of the schema must be the first of the stored ones: their positions are the labels.
    if (classNames.some((label, i) => stored[i] !== label) || stored.length > classNames.length) {
      throw schemaMismatch(name, 'classNames', classNames.join(', '), stored.join(', ') || 'none');
    }
  }
}

function checkCompression(
  tensor: string,
  field: string,
  expected: string | null | undefined,
  got: string | null,
): void {
  if (expected === undefined) return;
  const canonical = expected === null ? null : canonicalCompression(expected);
  if (canonical !== got) throw schemaMismatch(tensor, field, String(canonical), String(got));
}

function schemaMismatch(tensor: string, field: string, expected: string, got: string): DatasetError<'schema-mismatch'> {
  return new DatasetError(
    'schema-mismatch',
    `Tensor "${tensor}": the schema expects ${field} ${expected}; stored is ${got}. Change the schema, or open the dataset without it.`,
    {
      tensor,
      field,
      expected,
      got,
    },
  );
}
