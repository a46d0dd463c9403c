/** Runs random histories on a store beside their model. */
import fc from 'fast-check';
import { createDataset } from '../index.js';
import { verify } from '../repair.js';
import type { Store, WritableStore } from '../store/types.js';
import type { Awaitable } from '../util/bytes.js';
import { randomOf } from '../util/random.js';
import { edits, type Step } from './history-edits.contract.js';
import { failures } from './history-failures.contract.js';
import { type KindName, kinds } from './history-kinds.contract.js';
import { emptyState } from './history-model.contract.js';
import { changesOfHistory, createAll } from './history-steps.contract.js';
import { checkHistory, checkState, here, type World } from './history-world.contract.js';

/** A place for one dataset. */
export interface Place {
  /** Gives the store that lies there, each time that the dataset is opened. */
  readonly store: () => Awaitable<WritableStore>;
  /** Called at the end, and now and then before, while nothing is being written. */
  readonly check?: (store: Store) => Awaitable<void>;
  /** Takes away what was written. */
  readonly remove?: () => Awaitable<void>;
}

/** How much is run. */
export interface RunOptions {
  /** Number of histories. */
  readonly runs: number;
  /** Steps of each. */
  readonly steps: number;
  /** Of the first history; the next ones follow. Another one each time when left out. */
  readonly seed?: number;
  /** Whether a failure is made as short as possible, which takes long. */
  readonly shrinks?: boolean;
}

const steps: Readonly<Record<string, readonly [number, Step]>> = { ...edits, ...failures, ...changesOfHistory };
// All is compared as often; after each step, only what the step has changed.
const STEPS_PER_CHECK = 12;
const CHECKS_PER_VERIFY = 3;
const TENSORS = 5;

interface Drawn {
  readonly name: string;
  /** Seed of what the step draws for itself. */
  readonly seed: number;
}

const oneStep: fc.Arbitrary<Drawn> = fc.record({
  name: fc.oneof(...Object.entries(steps).map(([name, [weight]]) => ({ weight, arbitrary: fc.constant(name) }))),
  seed: fc.nat(),
});

/** Runs random histories, and fails with the steps of the first one that differs from the model, and its seed. */
export async function runHistories(place: () => Awaitable<Place>, options: RunOptions): Promise<number> {
  const { runs, steps: count, seed, shrinks = false } = options;
  let done = 0;
  const history = fc.record({
    kinds: fc.shuffledSubarray(Object.keys(kinds) as KindName[], { minLength: TENSORS, maxLength: TENSORS }),
    list: fc.array(oneStep, { minLength: shrinks ? 1 : count, maxLength: count, size: 'max' }),
  });
  await fc.assert(
    fc.asyncProperty(history, async ({ kinds: chosen, list }) => {
      const at = await place();
      try {
        done += await runHistory(at, chosen, list);
      } finally {
        await at.remove?.();
      }
    }),
    { numRuns: runs, endOnFailure: !shrinks, ...(seed !== undefined && { seed }) },
  );
  return done;
}

async function runHistory(place: Place, chosen: readonly KindName[], list: readonly Drawn[]): Promise<number> {
  const world: World = {
    ds: await createDataset(await place.store(), {}, { autoFlush: false }),
    store: place.store,
    branches: new Map([['main', { parent: undefined, head: emptyState, stored: emptyState }]]),
    branch: 'main',
    nodes: [],
    ids: new Map(),
    named: 0,
  };
  const told: string[] = [];
  let done = 0;
  let name = 'create';
  try {
    await createAll(
      world,
      chosen.filter((kind) => kind !== 'bare'),
    );
    for (const [i, drawn] of list.entries()) {
      name = drawn.name;
      const before = here(world).head;
      const what = await steps[drawn.name]?.[1](world, randomOf(drawn.seed));
      if (what === undefined) continue;
      told.push(`${i}: ${what}`);
      done++;
      await checkState(world, world.ds, here(world).head, before);
      if (done % STEPS_PER_CHECK !== 0) continue;
      name = 'check';
      await checkAll(world);
      if (done % (STEPS_PER_CHECK * CHECKS_PER_VERIFY) === 0) await checkPlace(world, place);
    }
    name = 'check at the end';
    await checkAll(world);
    for (const node of world.nodes) {
      if (node.id === undefined) continue;
      await world.ds.checkout(node.id);
      await checkState(world, world.ds, node.state);
    }
    await checkPlace(world, place);
    await world.ds.close();
  } catch (error) {
    await world.ds.close().catch(() => {}); // the first failure tells more
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`"${name}" after\n${told.join('\n')}\n\n${message}`, { cause: error });
  }
  return done;
}

async function checkAll(world: World): Promise<void> {
  await checkState(world, world.ds, here(world).head);
  await checkHistory(world);
}

/** Looks for damage in what is stored. */
async function checkPlace({ ds }: World, place: Place): Promise<void> {
  const { findings } = await verify(ds.store, { deep: true });
  // A file that nothing needs any more is no damage, but a leak.
  const worse = findings.filter(({ level, code }) => level === 'error' || code === 'orphan');
  if (worse.length > 0) throw new Error(worse.map(({ key, message }) => `${key}: ${message}`).join('\n'));
  await place.check?.(ds.store);
}
