import { expect } from 'vitest';
import type { Store } from '../store/types.js';

/** Bytes of all keys of a dataset, as text that compares and shows well; without what is kept for undoing, and locks. */
export async function stateOf(store: Store): Promise<Map<string, string>> {
  const state = new Map<string, string>();
  for await (const key of store.list?.('') ?? []) {
    if (key.startsWith('.lakelet/') || key.endsWith('.lock')) continue;
    const bytes = (await store.get(key)) ?? new Uint8Array();
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    state.set(key, text);
  }
  return new Map([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Asserts that a store holds what it held. */
export async function expectState(store: Store, state: ReadonlyMap<string, string>): Promise<void> {
  const got = await stateOf(store);
  const different = [...new Set([...got.keys(), ...state.keys()])].filter((key) => got.get(key) !== state.get(key));
  expect(different).toEqual([]);
}

/** Keys of what is kept for undoing. */
export async function undoKeys(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list?.('.lakelet/') ?? []) keys.push(key);
  return keys;
}
