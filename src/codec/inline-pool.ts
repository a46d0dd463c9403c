/** Runs codecs on this thread: what a pool of size 0 is, and what each worker of a larger pool has inside. */
import { DatasetError } from '../errors.js';
import { type CodecPool, poolClosed } from './pool.js';
import { requireCodec } from './table.js';
import { loadTask } from './tasks.js';
import type { Codec, CodecConfig } from './types.js';

/** Makes a pool without workers. Codecs are loaded at first use and kept until the pool is forgotten. */
export function createInlinePool(config: CodecConfig): CodecPool {
  const loaded = new Map<string, Promise<Codec>>();
  let closed = false;

  async function codecOf(name: string, signal: AbortSignal | undefined): Promise<Codec> {
    signal?.throwIfAborted();
    if (closed) throw poolClosed();
    let codec = loaded.get(name);
    if (!codec) {
      codec = requireCodec(name).load(config);
      loaded.set(name, codec);
      codec.catch(() => loaded.delete(name)); // a failed download may work the next time
    }
    const ready = await codec;
    signal?.throwIfAborted();
    return ready;
  }

  return {
    async decode(name, bytes, hint = {}, options = {}) {
      const codec = await codecOf(name, options.signal);
      return codec.decode(bytes, hint, options);
    },
    async encode(name, array, encodeOptions = {}, options = {}) {
      const codec = await codecOf(name, options.signal);
      if (codec.encode) return codec.encode(array, encodeOptions);
      throw new DatasetError(
        'unsupported',
        `Arrays cannot be written as ${name}. Give a file of that format instead.`,
        {
          feature: `encode ${name}`,
        },
      );
    },
    async run(task, input, { signal } = {}) {
      signal?.throwIfAborted();
      if (closed) throw poolClosed();
      const work = await loadTask(task);
      signal?.throwIfAborted();
      return work(input, config);
    },
    close() {
      closed = true;
      loaded.clear();
    },
  };
}
