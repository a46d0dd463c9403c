/** The stored steps of one open head: what is written of them, and how they are read and taken back. */
import { DatasetError, isDatasetError } from '../errors.js';
import { undoFolder } from '../store/private-keys.js';
import type { Put, Store } from '../store/types.js';
import { corrupt } from '../util/byte-reader.js';
import type { Bytes } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import {
  changeBack,
  changeBytes,
  goneBack,
  isAfter,
  type KeyChange,
  parseRecord,
  serializeRecord,
} from './undo-records.js';
import {
  noSteps,
  parseSteps,
  recordsOf,
  type Side,
  type StepPart,
  type Steps,
  serializeSteps,
  type UndoLimits,
  withMoved,
  withPart,
} from './undo-steps.js';

const AT_A_TIME = 8; // values that are read at a time: each may be a chunk

/** What a change of the steps writes, and the steps after it. */
interface Planned {
  readonly steps: Steps;
  readonly puts: readonly Put[];
}

/** The steps of a head. What is planned counts once it is written, and told with {@link settle}. */
export class UndoLog {
  readonly #store: Store;
  readonly #head: string;
  #steps: Steps;
  /** What of the stored steps could not be read. */
  readonly damage: unknown;

  private constructor(store: Store, head: string, steps: Steps, damage?: unknown) {
    this.#store = store;
    this.#head = head;
    this.#steps = steps;
    this.damage = damage;
  }

  /** Reads the steps of a head. Damage is no error: then there are none. */
  static async open(store: Store, head: string): Promise<UndoLog> {
    const key = listKey(head);
    try {
      const bytes = await store.get(key);
      return new UndoLog(store, head, bytes ? parseSteps(bytes, key) : noSteps());
    } catch (error) {
      return new UndoLog(store, head, noSteps(), error);
    }
  }

  /** Steps as they are stored. */
  get steps(): Steps {
    return this.#steps;
  }

  /** Takes what was written for what is stored. */
  settle({ steps }: Planned): void {
    this.#steps = steps;
  }

  /** Deletions of what is in the folders of what is no head, and in this one beside the steps. */
  async leftovers(isHead: (id: string) => boolean): Promise<Put[]> {
    const known = new Set([...recordsOf(this.#steps).map((id) => recordKey(this.#head, id)), listKey(this.#head)]);
    const puts: Put[] = [];
    for await (const key of this.#store.list?.(undoFolder()) ?? []) {
      const head = key.slice(undoFolder().length).split('/')[0] ?? '';
      if (head === this.#head ? !known.has(key) : !isHead(head)) puts.push({ key, bytes: null });
    }
    return puts;
  }

  /** Plans to have no steps. */
  async emptied(): Promise<Planned> {
    const keys = new Set(recordsOf(this.#steps).map((id) => recordKey(this.#head, id)));
    if (keys.size > 0) keys.add(listKey(this.#head));
    for await (const key of this.#store.list?.(undoFolder(this.#head)) ?? []) keys.add(key);
    return { steps: noSteps(), puts: [...keys].map((key) => ({ key, bytes: null })) };
  }

  /**
   * Plans to record what a write changes; undefined when it changes nothing.
   *
   * @param step - that it belongs to: `joins` is the number of its first record.
   */
  async planWrite(
    puts: readonly Put[],
    step: { readonly label?: string | undefined; readonly time: number; readonly joins?: number | undefined },
    limits: UndoLimits,
  ): Promise<Planned | undefined> {
    const last = new Map(puts.map(({ key, bytes }) => [key, bytes]));
    const changes = await this.#changesBack([...last], limits.bytes);
    if (changes?.length === 0) return undefined;
    const record = changes && this.#record(changes, limits);
    const steps = record ? withPart(this.#steps, record.part, step, limits) : noSteps(this.#steps.next);
    return this.#planned(steps, record);
  }

  /** Reads the ways back of a write; undefined when they are larger than the limit. */
  async #changesBack(
    puts: readonly (readonly [key: string, bytes: Put['bytes']])[],
    limit: number,
  ): Promise<KeyChange[] | undefined> {
    const changes: KeyChange[] = [];
    let size = 0;
    for (let at = 0; at < puts.length; at += AT_A_TIME) {
      const some = await Promise.all(
        puts.slice(at, at + AT_A_TIME).map(async ([key, bytes]) => changeBack(key, await this.#store.get(key), bytes)),
      );
      for (const change of some) {
        if (!change) continue;
        changes.push(change);
        size += changeBytes(change);
      }
      if (size > limit) return undefined;
    }
    return changes;
  }

  /**
   * Plans to take a step back, or to do it again.
   *
   * @returns what to write, the values of the step included. @throws {DatasetError} `history` (`changed`), `corrupt`
   */
  async planMove(from: Side, limits: UndoLimits): Promise<Planned & { readonly values: readonly Put[] }> {
    const step = this.#steps[from].at(-1);
    const ways = new Map<string, KeyChange[]>();
    for (const part of step?.parts.toReversed() ?? []) {
      for (const change of await this.#read(part)) {
        const way = ways.get(change.key);
        if (way) way.push(change);
        else ways.set(change.key, [change]);
      }
    }
    const values: Put[] = [];
    let back: KeyChange[] | undefined = [];
    let size = 0;
    for (const [key, way] of ways) {
      const now = await this.#store.get(key);
      const then = this.#follow(way, now);
      const change = changeBack(key, now, then ?? null);
      if (!change) continue;
      values.push({ key, bytes: then ?? null });
      size += changeBytes(change);
      if (size > limits.bytes) back = undefined;
      back?.push(change);
    }
    const record = back && this.#record(back, limits);
    const planned = this.#planned(withMoved(this.#steps, from, record?.part, limits), record);
    return { ...planned, puts: [...values, ...planned.puts], values };
  }

  #follow(way: readonly KeyChange[], now: Bytes | undefined): Bytes | undefined {
    let value = now;
    for (const change of way) {
      if (!isAfter(change, value)) throw changed(this.#store, change.key);
      value = goneBack(change, value);
    }
    return value;
  }

  async #read({ id, bytes, crc }: StepPart): Promise<KeyChange[]> {
    const key = recordKey(this.#head, id);
    const record = await this.#store.get(key);
    if (!record) throw corrupt(key, 'record of a step', bytes, 0);
    if (record.length !== bytes) throw corrupt(key, 'record of a step', bytes, record.length);
    const got = crc32(record);
    if (got !== crc) throw corrupt(key, 'CRC-32 of the record', crc.toString(16), got.toString(16));
    return parseRecord(record, key);
  }

  #record(changes: readonly KeyChange[], limits: UndoLimits): { part: StepPart; bytes: Bytes } | undefined {
    const bytes = serializeRecord(changes);
    if (bytes.length > limits.bytes) return undefined;
    return { part: { id: this.#steps.next, bytes: bytes.length, crc: crc32(bytes) }, bytes };
  }

  /** What leads from the stored steps to others. */
  #planned(steps: Steps, record: { part: StepPart; bytes: Bytes } | undefined): Planned {
    const kept = new Set(recordsOf(steps));
    const puts: Put[] = [];
    if (record && kept.has(record.part.id))
      puts.push({ key: recordKey(this.#head, record.part.id), bytes: record.bytes });
    puts.push({ key: listKey(this.#head), bytes: serializeSteps(steps) });
    for (const id of recordsOf(this.#steps))
      if (!kept.has(id)) puts.push({ key: recordKey(this.#head, id), bytes: null });
    return { steps, puts };
  }
}

/** Whether an error says that the steps are of no use any more. */
export function endsSteps(error: unknown): boolean {
  return isDatasetError(error, 'corrupt') || (isDatasetError(error, 'history') && error.data.reason === 'changed');
}

function listKey(head: string): string {
  return `${undoFolder(head)}steps.json`;
}

function recordKey(head: string, id: number): string {
  return `${undoFolder(head)}${id}`;
}

function changed({ address }: Store, key: string): DatasetError<'history'> {
  return new DatasetError(
    'history',
    `The step of ${address} cannot be undone or redone: something else has changed ${key} since. Nothing was changed, and the steps are dropped: edit the samples instead.`,
    { reason: 'changed', key },
  );
}
