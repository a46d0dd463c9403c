/** Measures what the page does with a dataset: time, requests and bytes of each operation. */
import { type CodecPool, createCodecPool, type StoreStats } from '../src/index.js';
import { ffmpegOption } from './ffmpeg-core.js';

/** One finished operation. */
export interface Operation {
  readonly name: string;
  readonly milliseconds: number;
  /** Requests to the store meanwhile. */
  readonly requests: number;
  /** Bytes read and written meanwhile. */
  readonly bytes: number;
}

const KEPT = 6;
const noStats: StoreStats = { requests: 0, bytesRead: 0, writes: 0, puts: 0, bytesWritten: 0 };

/** The last operations of the page. */
export class Operations {
  /** Called after each operation. */
  onChange: () => void = () => {};
  /** Tells the counters of the dataset that is open. */
  stats: () => StoreStats | undefined = () => undefined;
  readonly #latest: Operation[] = [];

  /** The last operations, the latest first. */
  get latest(): readonly Operation[] {
    return this.#latest;
  }

  /** Runs an operation and keeps what it took, also when it fails. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.stats() ?? noStats;
    const start = performance.now();
    try {
      return await work();
    } finally {
      const milliseconds = performance.now() - start;
      const after = this.stats() ?? noStats;
      // Another dataset may be open by now, whose counters started at zero.
      const from = after.requests < before.requests || after.bytesRead < before.bytesRead ? noStats : before;
      const bytes = after.bytesRead - from.bytesRead + after.bytesWritten - from.bytesWritten;
      const requests = after.requests - from.requests + after.writes - from.writes;
      this.#latest.unshift({ name, milliseconds, requests, bytes });
      this.#latest.length = Math.min(this.#latest.length, KEPT);
      this.onChange();
    }
  }
}

/** A codec pool with counters. */
export interface TimedCodecs extends CodecPool {
  /** Decodings and encodings that were asked for. */
  readonly jobs: number;
  /** Time from asking to answer, in milliseconds, of all of them. */
  readonly milliseconds: number;
}

/** Makes a codec pool that counts its jobs and their time. */
export function createTimedCodecs(): TimedCodecs {
  const pool = createCodecPool(ffmpegOption());
  const counters = { jobs: 0, milliseconds: 0 };
  const timed = async <T>(job: Promise<T>): Promise<T> => {
    const start = performance.now();
    counters.jobs++;
    try {
      return await job;
    } finally {
      counters.milliseconds += performance.now() - start;
    }
  };
  return {
    get jobs() {
      return counters.jobs;
    },
    get milliseconds() {
      return counters.milliseconds;
    },
    decode: (...job) => timed(pool.decode(...job)),
    encode: (...job) => timed(pool.encode(...job)),
    run: (...job) => timed(pool.run(...job)),
    close: () => pool.close(),
  };
}
