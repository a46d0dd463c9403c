/** Replaces parts of samples. Loaded with the first one. */
import type { EncodeContext } from '../chunk/encode.js';
import { encodeValue } from '../chunk/encode.js';
import type { ReadEnvironment } from '../chunk/plain-sample.js';
import { readSamples } from '../chunk/read.js';
import { boxOf, broadcast } from '../chunk/region.js';
import { pasteTile } from '../chunk/tile.js';
import { patchTiles } from '../chunk/tile-edit.js';
import { DatasetError, errorAt } from '../errors.js';
import { bytesFromNdArray, elementCount, isDtype, itemSize, type NdArray, ndArrayFromBytes } from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';
import { castNdArray } from '../htype/cast.js';
import { describeInput, mismatch } from '../htype/mismatch.js';
import { requireHtype } from '../htype/table.js';
import type { HtypeSpec, TensorContext } from '../htype/types.js';
import { type Column, stateOf } from './encode-row.js';
import { loadPads, splicePads } from './pads.js';
import { checkRegions, itemIndex, type RegionOptions } from './regions.js';

/** Replaces a part of a sample in the draft of its tensor; see `Tensor.set`. */
export async function replaceRegion(
  column: Column,
  row: number,
  values: unknown,
  { region, item, ...call }: RegionOptions,
  env: ReadEnvironment,
): Promise<void> {
  const { draft, name, closedNames } = column;
  checkRegions(draft, name);
  const index = itemIndex(draft, row, item);
  const { meta, info } = stateOf(column);
  const spec = requireHtype(meta.htype, name);
  const context: TensorContext = { name, meta, info, closedNames, index: row };
  if (spec.keepsFiles && meta.sampleCompression !== null) throw noParts(context);
  const encode: EncodeContext = { spec, context, codecs: env.codecs, encode: column.encode, tiles: false, call };
  try {
    const patch = await parsePatch(values, spec, context);
    await loadPads(draft);
    const tiling = draft.tiles().get(index);
    if (tiling) {
      const box = boxOf(region, tiling.sampleShape);
      const bytes = broadcast(patch.array, box.kept);
      if (bytes.length === 0) return;
      const changed = await patchTiles(draft, index, tiling, box, bytes, encode, env, call);
      call.signal?.throwIfAborted();
      draft.putTiles(changed, row);
    } else {
      await draft.prepareReplace(index, env.codecs);
      const [sample] = await readSamples(draft, index, index + 1, env, call);
      if (!sample) throw new RangeError(`There is no sample ${index}.`);
      const { shape } = sample;
      const box = boxOf(region, shape);
      const bytes = broadcast(patch.array, box.kept);
      if (bytes.length === 0) return;
      const array = meta.sampleCompression === null ? undefined : await sample.array(call);
      const whole = (array ? bytesFromNdArray(array) : await sample.raw(call)).slice();
      const { dtype } = patch.array;
      if (whole.length !== elementCount(shape) * itemSize(dtype)) throw mismatch(context, 'a part of it', 'the whole');
      pasteTile(whole, shape, box, itemSize(dtype), bytes);
      const encoded = array
        ? await encodeValue({ kind: 'array', array: ndArrayFromBytes(whole, dtype, shape) }, encode)
        : { bytes: whole };
      call.signal?.throwIfAborted();
      draft.put(index, encoded.bytes, shape, row);
    }
    splicePads(draft, [{ start: row, end: row + 1, items: [undefined] }], draft.length);
    if (patch.info) draft.setInfo(patch.info);
  } catch (error) {
    throw errorAt(error, { tensor: name, index: row });
  } finally {
    draft.endReplace();
  }
}

/** The values as the htype reads them, with the info that it makes of them: of new class names, for instance. */
async function parsePatch(
  values: unknown,
  spec: HtypeSpec,
  context: TensorContext,
): Promise<{ array: NdArray; info: JsonObject | undefined }> {
  const parsed = await spec.parse(values, context);
  const settled = parsed.kind === 'unsettled' ? spec.settle?.(values, context) : { value: parsed };
  const { dtype } = context.meta;
  if (settled?.value.kind !== 'array' || !isDtype(dtype))
    throw mismatch(context, describeInput(values), 'numbers, or an array of them, to fill a region');
  return { array: castNdArray(settled.value.array, dtype, context), info: settled.info };
}

function noParts({ name, meta, index }: TensorContext): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `Tensor "${name}", row ${index}: a part of a ${meta.sampleCompression} file cannot be replaced. Replace the whole sample.`,
    { feature: 'parts of files', tensor: name, index },
  );
}
