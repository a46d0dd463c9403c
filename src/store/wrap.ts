import type { Store } from './types.js';

/**
 * Makes a store that does some things its own way and forwards the rest to `inner`.
 *
 * An optional method that `inner` lacks stays absent, even when `own` has it.
 */
export function wrapStore(inner: Store, own: Partial<Store>): Store {
  return {
    address: own.address ?? inner.address,
    get: own.get ?? ((key, options) => inner.get(key, options)),
    ...(inner.getRange && { getRange: own.getRange ?? inner.getRange.bind(inner) }),
    ...(inner.list && { list: own.list ?? inner.list.bind(inner) }),
    ...(inner.write && { write: own.write ?? inner.write.bind(inner) }),
    ...(inner.lock && { lock: own.lock ?? inner.lock.bind(inner) }),
    ...(inner.close && { close: own.close ?? inner.close.bind(inner) }),
  };
}
