/** Makes a new dataset. Loaded when one is created. */
import { DatasetError } from '../errors.js';
import { emptyDatasetMeta, serializeDatasetMeta } from '../format/dataset-meta.js';
import { datasetMetaKey, FIRST_COMMIT, versionInfoKey } from '../format/keys.js';
import { checkTensorName } from '../format/tensor-names.js';
import { newVersionInfo, serializeVersionInfo } from '../format/version-info.js';
import type { Schema } from '../htype/schema.js';
import { openCounted } from '../store/open-counted.js';
import type { CallOptions, Put, Store } from '../store/types.js';
import { loadSnapshot } from '../version/snapshot.js';
import type { CreateOptions } from './create.js';
import { withTensor } from './new-names.js';
import { lockFile, lockTab } from './open.js';
import { planTensor } from './plan-tensor.js';
import { Session } from './session.js';

/** Creates the dataset of `createDataset` and opens it for writing. */
export async function newDataset(at: string | Store, schema: Schema, options: CreateOptions): Promise<Session> {
  const plans = await Promise.all(
    Object.entries(schema).map(async ([name, def]) => ({
      plan: await planTensor(checkTensorName(name), { ...def }),
      encode: def.encode ?? {},
    })),
  );
  plans.reduce((meta, { plan }) => withTensor(meta, plan).meta, emptyDatasetMeta()); // names that exclude each other
  const { store, stats } = await openCounted(at, options);
  let unlock: (() => unknown) | undefined;
  try {
    const write = store.write?.bind(store);
    if (!write)
      throw new DatasetError('read-only', `${store.address} cannot be written. Use idb://, memory:// or a folder.`, {
        reason: 'store',
      });
    unlock = store.lock && (await lockTab(store));
    const call = options.signal ? { signal: options.signal } : {};
    await write([...(await makeRoom(store, options.overwrite === true, call)), ...emptyDataset()], call);
    unlock ??= await lockFile(store, FIRST_COMMIT);
    const snapshot = await loadSnapshot(store, 'main', call);
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
    await session.write(async (writer) => {
      for (const { plan, encode } of plans) writer.addTensor(plan, encode);
      await writer.flush();
    });
    return session;
  } catch (error) {
    await unlock?.();
    if (typeof at === 'string') await store.close?.();
    throw error;
  }
}

function emptyDataset(): Put[] {
  return [
    { key: datasetMetaKey(FIRST_COMMIT), bytes: serializeDatasetMeta(emptyDatasetMeta()) },
    { key: versionInfoKey, bytes: serializeVersionInfo(newVersionInfo()) },
  ];
}

/** What has to be deleted before. @throws {DatasetError} `exists` when something is there that may not be deleted. */
async function makeRoom(store: Store, overwrite: boolean, options: CallOptions): Promise<Put[]> {
  const metaKey = datasetMetaKey(FIRST_COMMIT);
  const exists = (await store.get(metaKey, options)) !== undefined;
  if (exists && !overwrite) {
    throw new DatasetError(
      'exists',
      `There is a dataset at ${store.address}. Open it with openDataset(), or pass { overwrite: true }.`,
      {
        what: 'dataset',
        name: store.address,
      },
    );
  }
  const keys: Put[] = [];
  for await (const key of store.list?.('', options) ?? []) {
    if (!exists) {
      throw new DatasetError(
        'exists',
        `${store.address} holds something that is no dataset, such as ${key}. Choose an empty place.`,
        {
          what: 'dataset',
          name: store.address,
          key,
        },
      );
    }
    keys.push({ key, bytes: null });
  }
  if (exists) {
    const { meta } = await loadSnapshot(store, 'main', options);
    if (!meta.allowDelete)
      throw new DatasetError('exists', `The dataset at ${store.address} forbids its deletion.`, {
        what: 'dataset',
        name: store.address,
      });
  }
  return keys;
}
