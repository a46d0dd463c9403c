/** Which rows of companions change with a sample that is replaced: those that tell of a shape stay while it does. */
import { shapeAt } from '../format/shapes.js';
import type { RunTable } from '../util/runs.js';
import type { Companion } from './companions.js';
import { locate } from './locate.js';
import type { Sample } from './sample.js';
import type { TensorSource } from './source.js';
import type { Splice } from './splice.js';

type Shape = readonly number[] | undefined;

/**
 * The companions whose row changes when a sample is replaced.
 *
 * @param shapes - table of the sample's chunk, and its number there. @param sample - the new one. @param shape - of that.
 */
export function changedCompanions(
  companions: readonly Companion[],
  shapes: RunTable | undefined,
  local: number,
  { link }: Sample,
  shape: Shape,
): Companion[] {
  const keeps = !link && sameShape(shapes, local, shape);
  return companions.filter(({ update }) => update !== undefined && !(keeps && tellsShape(update)));
}

/** The splices that change rows of a companion; each takes out as many samples as it puts in. */
export async function changedSplices(
  draft: TensorSource,
  { update }: Companion,
  splices: readonly Splice<Sample>[],
  shapeOf: (sample: Sample) => Shape,
): Promise<readonly Splice<Sample>[]> {
  if (!update || !tellsShape(update)) return splices;
  const ids = await draft.chunkIds();
  const changed: Splice<Sample>[] = [];
  for (const splice of splices) {
    for (const [i, sample] of splice.items.entries()) {
      const { chunks, local } = locate(ids, splice.start + i);
      const [id, second] = chunks;
      const shapes = id === undefined || second !== undefined ? undefined : (await draft.chunk(id)).shapes;
      if (!sample.link && !sample.tiling && sameShape(shapes, local, shapeOf(sample))) continue;
      changed.push(splice);
      break;
    }
  }
  return changed;
}

function tellsShape(update: string): boolean {
  return update === 'update_shape' || update === 'update_len';
}

/** Whether a sample has a shape already. Never for empty ones, whose row may be of another number of dimensions. */
function sameShape(shapes: RunTable | undefined, local: number, shape: Shape): boolean {
  if (!shapes || !shape || local >= shapes.items || shapes.columns !== shape.length) return false;
  const before = shapeAt(shapes, local);
  return shape.every((size, axis) => size > 0 && size === before[axis]);
}
