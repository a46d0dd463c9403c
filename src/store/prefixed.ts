import { checkKey } from './check.js';
import type { Store } from './types.js';
import { wrapStore } from './wrap.js';

/**
 * Shows the keys of `inner` below a folder as if they were a store of their own.
 *
 * The lock and `close` stay those of the whole store.
 *
 * @param prefix - folder inside the store, such as `datasets/pets`; a slash at its end changes nothing.
 */
export function withPrefix(inner: Store, prefix: string): Store {
  const folder = prefix.replace(/\/$/, '');
  checkKey(folder);
  const at = (key: string): string => {
    checkKey(key); // before joining: the folder must not hide an empty key
    return `${folder}/${key}`;
  };
  return wrapStore(inner, {
    address: `${inner.address.replace(/\/$/, '')}/${folder}`,
    get: (key, options) => inner.get(at(key), options),
    getRange: (key, start, end, options) => inner.getRange?.(at(key), start, end, options),
    async *list(under, options) {
      for await (const key of inner.list?.(`${folder}/${under}`, options) ?? []) yield key.slice(folder.length + 1);
    },
    write: async (puts, options) =>
      inner.write?.(
        puts.map((put) => ({ ...put, key: at(put.key) })),
        options,
      ),
  });
}
