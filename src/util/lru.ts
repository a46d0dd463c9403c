/**
 * A map bounded by weight that drops what was not used for longest.
 *
 * An entry that alone is heavier than the bound is not kept.
 */
export class Lru<K, V> {
  readonly #entries = new Map<K, { readonly value: V; readonly weight: number }>(); // in order of use
  readonly #maxWeight: number;
  readonly #onDrop: ((key: K, value: V) => void) | undefined;
  #weight = 0;

  /**
   * @param maxWeight - bound on the sum of the weights, such as bytes or a number of entries.
   * @param onDrop - called for each entry that leaves, for whatever reason.
   */
  constructor(maxWeight: number, onDrop?: (key: K, value: V) => void) {
    this.#maxWeight = maxWeight;
    this.#onDrop = onDrop;
  }

  /** Sum of the weights of the entries. */
  get weight(): number {
    return this.#weight;
  }

  /** Number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value of a key, which counts as a use. */
  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Sets the value of a key, then drops the oldest entries until the weight fits. */
  set(key: K, value: V, weight = 1): void {
    this.delete(key);
    if (weight > this.#maxWeight) return;
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#maxWeight) return;
      this.delete(oldest);
    }
  }

  /** Drops a key; tells whether it was there. */
  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (!entry) return false;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
    this.#onDrop?.(key, entry.value);
    return true;
  }

  /** Drops everything. */
  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }
}
