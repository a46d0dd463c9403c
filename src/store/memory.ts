import type { Bytes } from '../util/bytes.js';
import { concatBytes } from '../util/bytes.js';
import { checkKey, checkPuts, checkRange } from './check.js';
import { closedStore } from './failure.js';
import type { CallOptions, Put, WritableStore } from './types.js';

interface Shared {
  readonly values: Map<string, Bytes>;
  locked: boolean;
}

// The one place that outlives its stores: `memory://name` must find again what was written under that name.
const named = new Map<string, Shared>();

/**
 * Makes a store in memory: for tests and scratch data.
 *
 * @param name - stores of the same name share their data as long as the process (the tab) lives; without a name the
 * data belong to this store alone.
 */
export function memoryStore(name?: string): WritableStore {
  let shared: Shared | undefined = name === undefined ? undefined : named.get(name);
  if (!shared) {
    shared = { values: new Map(), locked: false };
    if (name !== undefined) named.set(name, shared);
  }
  return new MemoryStore(`memory://${name ?? ''}`, shared);
}

class MemoryStore implements WritableStore {
  readonly address: string;
  readonly #shared: Shared;
  #closed = false;

  constructor(address: string, shared: Shared) {
    this.address = address;
    this.#shared = shared;
  }

  #open(options?: CallOptions): Map<string, Bytes> {
    options?.signal?.throwIfAborted();
    if (this.#closed) throw closedStore(this.address);
    return this.#shared.values;
  }

  get(key: string, options?: CallOptions): Bytes | undefined {
    checkKey(key);
    return this.#open(options).get(key);
  }

  getRange(key: string, start: number, end: number, options?: CallOptions): Bytes | undefined {
    checkRange(start, end);
    return this.get(key, options)?.subarray(start, end);
  }

  async *list(prefix: string, options?: CallOptions): AsyncGenerator<string> {
    for (const key of [...this.#open(options).keys()]) {
      options?.signal?.throwIfAborted();
      if (key.startsWith(prefix)) yield key;
    }
  }

  async write(puts: readonly Put[], options?: CallOptions): Promise<void> {
    const changes = checkPuts(puts);
    const values = this.#open(options);
    const copies = [...changes].map(([key, parts]) => [key, parts && copyOf(parts)] as const);
    for (const [key, bytes] of copies) {
      if (bytes) values.set(key, bytes);
      else values.delete(key);
    }
  }

  async lock(): Promise<(() => void) | undefined> {
    this.#open();
    const shared = this.#shared;
    if (shared.locked) return undefined;
    shared.locked = true;
    let held = true;
    return () => {
      if (held) shared.locked = false;
      held = false;
    };
  }

  close(): void {
    this.#closed = true;
  }
}

// The writer may use its buffers again, so a single part is copied, too.
function copyOf(parts: readonly Bytes[]): Bytes {
  const whole = concatBytes(parts);
  return parts.length === 1 ? whole.slice() : whole;
}
