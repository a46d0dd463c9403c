/** Small datasets for tests that damage them. */
import { readFile } from 'node:fs/promises';
import {
  bbox,
  classLabel,
  createDataset,
  generic,
  isDatasetError,
  json,
  openDataset,
  sequence,
  text,
} from '../index.js';
import type { Store, WritableStore } from '../store/types.js';
import { memoryStore, zipStore } from '../stores.js';
import type { Bytes } from '../util/bytes.js';
import { loadVersionInfo } from '../version/graph.js';

/** A copy in memory. */
export async function copyOf(store: Store): Promise<WritableStore> {
  const copy = memoryStore();
  for await (const key of store.list?.('') ?? []) {
    const bytes = await store.get(key);
    if (bytes) await copy.write([{ key, bytes }]);
  }
  return copy;
}

/** A golden dataset in memory. */
export async function golden(name: string): Promise<WritableStore> {
  const zip = await readFile(new URL(`../../e2e/fixtures/golden/${name}.zip`, import.meta.url));
  return copyOf(await zipStore(new Blob([new Uint8Array(zip)])));
}

/** Keys of a store. */
export async function keysOf(store: WritableStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list('')) keys.push(key);
  return keys.sort();
}

/** A dataset of three commits on two branches; `rows` in the first. */
export async function sampleDataset(rows = 6): Promise<WritableStore> {
  const store = memoryStore();
  const ds = await createDataset(store, {
    labels: classLabel(['cat', 'dog']),
    notes: text(),
    boxes: bbox(),
    packed: generic({ dtype: 'int32', chunkCompression: 'lz4' }),
    tracks: sequence(generic({ dtype: 'uint8' })),
    facts: json(),
    'group/big': generic({ dtype: 'uint8', tilingThreshold: 300 }),
  });
  const row = (i: number) => ({
    labels: i % 2 === 0 ? ('cat' as const) : ('dog' as const),
    notes: `note ${i}`,
    boxes: Array.from({ length: i % 3 }, (): [number, number, number, number] => [i, 1, 2, 3]),
    packed: [i, i, i + 1],
    tracks: [[1, i], [2]].slice(0, i % 3),
    facts: { i },
    'group/big': {
      dtype: 'uint8' as const,
      shape: [20, i === 1 ? 30 : 3],
      data: new Uint8Array(20 * (i === 1 ? 30 : 3)).fill(i),
    },
  });
  for (let i = 0; i < rows; i++) await ds.append(row(i));
  await ds.commit('first');
  await ds.append(row(7));
  await ds.tensor('notes').set(0, 'changed');
  await ds.commit('second');
  await ds.checkout('other', { create: true });
  await ds.append(row(8));
  await ds.checkout('main');
  await ds.append(row(9));
  await ds.close();
  return store;
}

/** What can be read: every sample of every visible tensor of every commit and branch, as text. */
export async function readable(store: Store): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const versions = await attempt(() => loadVersionInfo(store));
  for (const at of versions ? versions.commits.keys() : []) {
    const ds = await attempt(() => openDataset(store, { at, mode: 'r' }));
    if (!ds) continue;
    for (const name of ds.tensors) {
      const tensor = ds.tensor(name);
      for (let i = 0; i < Math.min(tensor.length, 50); i++) {
        const value = await attempt(async () => JSON.stringify(await tensor.at(i), plain));
        if (value !== undefined) found.set(`${at} ${name} ${i}`, value);
      }
    }
    await ds.close();
  }
  return found;
}

function plain(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  return key === 'key' ? undefined : value; // where it is stored may change
}

/** A value, or undefined when the data are too damaged for it. */
async function attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isDatasetError(error) || error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Bytes with another one at a place; negative places count from the end. */
export function flipped(bytes: Bytes, at: number, by = 0x55): Bytes {
  const copy = bytes.slice();
  const place = at < 0 ? copy.length + at : at;
  copy[place] = (copy[place] ?? 0) ^ by;
  return copy;
}
