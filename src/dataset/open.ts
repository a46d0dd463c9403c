import type { CodecPool } from '../codec/pool.js';
import { DatasetError } from '../errors.js';
import type { Schema } from '../htype/schema.js';
import { preloadHtypes } from '../htype/table.js';
import { openCounted } from '../store/open-counted.js';
import type { CallOptions, Store } from '../store/types.js';
import { loadSnapshot } from '../version/snapshot.js';
import { Dataset } from './dataset.js';
import type { LinkOptions } from './links.js';
import { type AutoFlush, readOnly, Session } from './session.js';

/** Options that creating and opening share. */
export interface DatasetOptions extends CallOptions, LinkOptions {
  /** Who decodes and encodes files; default a pool of workers of the dataset's own. A given one is not closed with it. */
  readonly codecs?: CodecPool;
  /** Author of commits that name none; default `public`, as Deep Lake writes without a login. */
  readonly author?: string;
  /** When changes are stored by themselves; false leaves it to `flush` and `close`. */
  readonly autoFlush?: AutoFlush | false;
}

/** Options of {@link openDataset}. */
export interface OpenOptions extends DatasetOptions {
  /** `r` reads (the default); `rw` also writes, which one tab or program can do at a time. */
  readonly mode?: 'r' | 'rw';
  /** Branch or commit id; default `main`. */
  readonly at?: string;
}

/**
 * Opens a dataset.
 *
 * @param at - an address (`idb://name`, `memory://name`, `https://…`) or a store.
 * @param options - with a `schema`, what is stored is checked against it, and rows are typed by it.
 * @throws {DatasetError} `not-found`, `schema-mismatch`, `corrupt`, `storage`; `read-only` with reason `locked` when
 *   another tab or program writes, `detached` when a commit that is no head is opened for writing.
 * @example
 * await using ds = await openDataset('idb://pets', { schema: { labels: classLabel(['cat', 'dog']) } });
 * for await (const { labels } of ds) console.log(labels.names);
 */
export function openDataset<const S extends Schema>(
  at: string | Store,
  options: OpenOptions & { readonly schema: S },
): Promise<Dataset<S>>;
export function openDataset(at: string | Store, options?: OpenOptions): Promise<Dataset>;
export async function openDataset(
  at: string | Store,
  options: OpenOptions & { readonly schema?: Schema } = {},
): Promise<Dataset> {
  const { schema, mode = 'r', signal } = options;
  if (mode !== 'r' && mode !== 'rw') throw new TypeError(`Option "mode" must be "r" or "rw"; got ${String(mode)}.`);
  preloadHtypes(); // beside the store, instead of after it
  const { store, stats } = await openCounted(at, options);
  let unlock: (() => unknown) | undefined;
  try {
    if (mode === 'rw') {
      if (!store.write)
        throw new DatasetError(
          'read-only',
          `${store.address} cannot be written. Open it with mode "r", or copy it to idb:// first.`,
          { reason: 'store' },
        );
      unlock = store.lock && (await lockTab(store));
    }
    const snapshot = await loadSnapshot(store, options.at ?? 'main', signal ? { signal } : {});
    if (mode === 'rw') {
      if (!snapshot.isHead) throw readOnly(store, snapshot.commit);
      unlock ??= await lockFile(store, snapshot.commit);
    }
    const session = new Session({
      store,
      ownsStore: typeof at === 'string',
      stats,
      snapshot,
      codecs: options.codecs,
      autoFlush: options.autoFlush ?? {},
      links: options,
      author: options.author,
      unlock,
    });
    if (schema) {
      const { checkSchema } = await import('./check-schema.js');
      await checkSchema(schema, async (name) => {
        const tensor = snapshot.tensors.get(snapshot.meta.tensorNames[name] ?? name);
        return tensor && { meta: tensor.meta, info: await tensor.info() };
      });
    }
    return new Dataset(session, schema);
  } catch (error) {
    await unlock?.();
    if (typeof at === 'string') await store.close?.();
    throw error;
  }
}

/** Takes the right to write within this browser. @throws {DatasetError} `read-only` when another tab has it. */
export async function lockTab(store: Store): Promise<() => void> {
  const release = await store.lock?.();
  if (release) return release;
  throw new DatasetError(
    'read-only',
    `${store.address} is open for writing in another tab. Close it there, or open it with mode "r".`,
    { reason: 'locked' },
  );
}

/** Takes Deep Lake's own lock, on stores that other programs write too. */
export async function lockFile(store: Store, commit: string): Promise<() => Promise<void>> {
  const { acquireDatasetLock } = await import('../version/dataset-lock.js'); // not needed within a browser
  return acquireDatasetLock(store, commit);
}
