/**
 * Hands codec jobs to workers, in the order they came. A worker does one at a time, and has the next one at hand: on a
 * busy machine it would else wait for the page between two jobs.
 */
import { DatasetError, errorFromJSON } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import { type CodecPool, type CodecPoolOptions, poolClosed } from './pool.js';
import { SpareBuffers } from './spare-buffers.js';
import { requireCodec } from './table.js';
import type { TaskInput, TaskName, TaskOptions, TaskOutput } from './tasks.js';
import type { CodecConfig, DecodeHint, EncodeOptions } from './types.js';
import type { CodecJob, CodecMessage, CodecRequest, CodecResponse } from './worker-protocol.js';

/** A job with what is handed over to the worker with it. */
interface Outgoing {
  readonly job: CodecJob;
  readonly transfer: Transferable[];
}

interface Pending {
  /** Made when the job leaves, so that a job that is dropped before costs no copy. */
  readonly job: () => Outgoing;
  /** Whether the job can be made a second time, when the worker that was to do it next has ended. */
  readonly isRepeatable: boolean;
  readonly what: string;
  readonly compression: string;
  readonly resolve: (response: CodecResponse) => void;
  readonly reject: (error: unknown) => void;
  /** Whether its caller has given up. */
  isGone?: boolean;
}

interface SentJob {
  readonly id: number;
  readonly pending: Pending;
}

const jobsAtHand = 2;

interface Slot {
  readonly worker: Worker;
  /** The job it works on, and the one after it; their callers may have gone already. */
  jobs: readonly SentJob[];
  /** Whether it ever said a word: tells a crash from a script that did not load. */
  answered: boolean;
  /** Ends the watch over its life. */
  readonly dropped: AbortController;
}

// How long the worker of a job that was aborted may take to end it, in milliseconds: more than most jobs take at all,
// since a worker that is stopped takes its loaded decoders with it.
const abortGrace = 1000;

/** A pool of workers. Made by `createCodecPool`. */
export class WorkerPool implements CodecPool {
  readonly #size: number;
  readonly #options: CodecPoolOptions;
  readonly #config: CodecConfig;
  readonly #inline: CodecPool;
  readonly #slots = new Set<Slot>();
  readonly #queue = new Set<Pending>();
  readonly #spares: SpareBuffers;
  #nextId = 1;
  #closed = false;

  /** @param inline - runs the codecs that are not worth a trip. */
  constructor(size: number, options: CodecPoolOptions, config: CodecConfig, inline: CodecPool) {
    this.#size = size;
    this.#spares = new SpareBuffers(size * jobsAtHand);
    this.#options = options;
    this.#config = config;
    this.#inline = inline;
  }

  /** See {@link CodecPool.decode}. */
  async decode(name: string, bytes: Bytes, hint: DecodeHint = {}, options: CallOptions = {}): Promise<NdArray> {
    if (requireCodec(name).where === 'main') return this.#inline.decode(name, bytes, hint, options);
    // The copy keeps postMessage from cloning the whole chunk that the bytes lie in.
    const job = (): Outgoing => {
      const copy = this.#spares.copy(bytes);
      const { into, ...others } = hint;
      // Gone when the worker that had it has ended, and the job is made once more.
      if (!into?.byteLength)
        return { job: { type: 'decode', name, bytes: copy, hint: others }, transfer: [copy.buffer] };
      return { job: { type: 'decode', name, bytes: copy, hint }, transfer: [copy.buffer, into] };
    };
    const response = await this.#run(job, true, `decoding ${name}`, name, options.signal);
    if (response.type !== 'array') throw new TypeError(`A codec worker answered "${response.type}" to decode.`);
    return response.array;
  }

  /** See {@link CodecPool.encode}. */
  async encode(
    name: string,
    array: NdArray,
    encodeOptions: EncodeOptions = {},
    options: CallOptions = {},
  ): Promise<Bytes> {
    if (requireCodec(name).where === 'main') return this.#inline.encode(name, array, encodeOptions, options);
    const job = (): Outgoing => {
      const copy = { dtype: array.dtype, shape: array.shape, data: array.data.slice() };
      return { job: { type: 'encode', name, array: copy, options: encodeOptions }, transfer: [copy.data.buffer] };
    };
    const response = await this.#run(job, true, `encoding ${name}`, name, options.signal);
    if (response.type !== 'bytes') throw new TypeError(`A codec worker answered "${response.type}" to encode.`);
    return response.bytes;
  }

  /** See {@link CodecPool.run}. */
  async run<K extends TaskName>(task: K, input: TaskInput<K>, options: TaskOptions = {}): Promise<TaskOutput<K>> {
    const job = (): Outgoing => ({ job: { type: 'run', task, input }, transfer: [...(options.transfer ?? [])] });
    const isRepeatable = (options.transfer ?? []).length === 0; // what was handed over is gone
    const response = await this.#run(job, isRepeatable, `running ${task}`, task, options.signal);
    if (response.type !== 'value') throw new TypeError(`A codec worker answered "${response.type}" to run.`);
    return response.value as TaskOutput<K>; // the worker ran the same line of the table
  }

  /** See {@link CodecPool.close}. */
  close(): void {
    this.#closed = true;
    this.#inline.close();
    this.#spares.clear();
    for (const pending of this.#queue) pending.reject(poolClosed());
    this.#queue.clear();
    for (const slot of this.#slots) {
      this.#end(slot);
      for (const { pending } of slot.jobs) pending.reject(poolClosed());
    }
  }

  #end(slot: Slot): void {
    slot.dropped.abort();
    slot.worker.terminate();
    this.#slots.delete(slot);
  }

  /** Stops the worker that still runs a job. */
  #giveUp(pending: Pending): void {
    for (const slot of this.#slots) {
      const [running, ...others] = slot.jobs;
      if (running?.pending !== pending) continue;
      this.#end(slot);
      this.#putBack(others);
      this.#dispatch();
    }
  }

  /** Puts jobs that no worker has begun before those that wait. */
  #putBack(jobs: readonly SentJob[]): void {
    const begun = jobs.map(({ pending }) => pending).filter(({ isGone }) => !isGone);
    const waiting = [...begun, ...this.#queue];
    this.#queue.clear();
    for (const pending of waiting) this.#queue.add(pending);
  }

  async #run(
    job: () => Outgoing,
    isRepeatable: boolean,
    what: string,
    compression: string,
    signal?: AbortSignal,
  ): Promise<CodecResponse> {
    signal?.throwIfAborted();
    if (this.#closed) throw poolClosed();
    let stop: (() => void) | undefined;
    try {
      const response = await new Promise<CodecResponse>((resolve, reject) => {
        const pending: Pending = { job, isRepeatable, what, compression, resolve, reject };
        // A codec cannot be interrupted: a running job goes on for a while, but nobody waits for it any more.
        stop = () => {
          pending.isGone = true;
          if (!this.#queue.delete(pending)) setTimeout(() => this.#giveUp(pending), abortGrace);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', stop);
        this.#queue.add(pending);
        this.#dispatch();
      });
      if (response.type === 'error') throw errorFromJSON(response.error);
      if (response.type === 'fault') throw this.#failed(what, compression, `${response.name}: ${response.message}`);
      return response;
    } finally {
      if (stop) signal?.removeEventListener('abort', stop);
    }
  }

  #dispatch(): void {
    for (const pending of this.#queue) {
      let slot = this.#slotFor(pending);
      if (!slot && this.#slots.size >= this.#size) return;
      this.#queue.delete(pending);
      try {
        slot ??= this.#start();
        const { job, transfer } = pending.job();
        const request: CodecRequest = { id: this.#nextId++, config: this.#config, job };
        slot.worker.postMessage(request, transfer);
        slot.jobs = [...slot.jobs, { id: request.id, pending }];
      } catch (error) {
        pending.reject(error); // the worker could not be made, or the arguments cannot be sent
      }
    }
  }

  /** A worker for a job: an idle one, else, when no other can be started, one that has no next job yet. */
  #slotFor({ isRepeatable }: Pending): Slot | undefined {
    for (const slot of this.#slots) if (slot.jobs.length === 0) return slot;
    if (!isRepeatable || this.#slots.size < this.#size) return undefined;
    for (const slot of this.#slots) if (slot.jobs.length < jobsAtHand) return slot;
    return undefined;
  }

  #start(): Slot {
    const slot: Slot = { worker: makeWorker(this.#options), jobs: [], answered: false, dropped: new AbortController() };
    slot.worker.onmessage = ({ data }: MessageEvent<CodecMessage>) => {
      slot.answered = true;
      if (data.type === 'alive') this.#watch(slot, data.lock);
      else {
        const done = slot.jobs.find(({ id }) => id === data.id);
        slot.jobs = slot.jobs.filter((job) => job !== done);
        if (data.spare && !this.#closed) this.#spares.put(data.spare);
        done?.pending.resolve(data);
        this.#dispatch();
      }
    };
    slot.worker.onerror = (event) => {
      event.preventDefault();
      this.#drop(slot, event.message);
    };
    slot.worker.onmessageerror = () => this.#drop(slot, 'its answer could not be read');
    this.#slots.add(slot);
    return slot;
  }

  /** Waits for the lock of a worker, which is given when the worker has ended. */
  #watch(slot: Slot, lock: string): void {
    globalThis.navigator?.locks
      ?.request(lock, { signal: slot.dropped.signal }, () => {
        if (this.#slots.has(slot)) this.#drop(slot, 'it ended without a word, perhaps for want of memory');
      })
      .catch(() => undefined); // the pool itself has ended the worker
  }

  // Takes a worker out that crashed; the next job starts another in its place.
  #drop(slot: Slot, message: string | undefined): void {
    if (!this.#slots.has(slot)) return;
    this.#end(slot);
    const reason = slot.answered
      ? `the codec worker stopped${message ? `: ${message}` : ''}`
      : `the codec worker did not start${message ? `: ${message}` : ''}; give the pool workerUrl, createWorker or size 0`;
    const [running, ...others] = slot.jobs;
    if (running) {
      const { what, compression } = running.pending;
      running.pending.reject(this.#failed(what, compression, reason));
    }
    this.#putBack(others);
    this.#dispatch();
  }

  #failed(what: string, compression: string, reason: string): DatasetError<'codec'> {
    return new DatasetError(
      'codec',
      `The codec pool failed while ${what}: ${reason}. Other samples are not affected.`,
      {
        compression,
        reason,
      },
    );
  }
}

function makeWorker({ createWorker, workerUrl }: CodecPoolOptions): Worker {
  if (createWorker) return createWorker();
  if (workerUrl === undefined) {
    // Bundlers recognise exactly this expression, so it must stay whole and literal.
    if (!isCrossOrigin(import.meta.url))
      return new Worker(new URL('./codec.worker.js', import.meta.url), { type: 'module' });
    // Built from a variable, so that bundlers do not copy the raw script a second time.
    const file = './codec.worker.js';
    return trampoline(new URL(file, import.meta.url).href);
  }
  const url = new URL(workerUrl, globalThis.location?.href).href;
  return isCrossOrigin(url) ? trampoline(url) : new Worker(url, { type: 'module' });
}

function isCrossOrigin(url: string): boolean {
  return /^https?:/.test(url) && new URL(url).origin !== globalThis.location?.origin;
}

// A script of another origin may not be a worker, but a blob of this origin may import it.
function trampoline(url: string): Worker {
  const blob = URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
  try {
    return new Worker(blob, { type: 'module' });
  } finally {
    setTimeout(() => URL.revokeObjectURL(blob), 60_000); // the fetch of the script has begun long before
  }
}
