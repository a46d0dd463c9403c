/** Copies a dataset with all of its history key by key: nothing is decoded, and nothing is given another id. */
import { commitPrefix, datasetMetaKey, FIRST_COMMIT, versionInfoKey } from '../format/keys.js';
import { serializeVersionInfo, type VersionInfo } from '../format/version-info.js';
import type { CallOptions, Put, Store } from '../store/types.js';
import { type Bytes, equalBytes } from '../util/bytes.js';
import { type OnProgress, progressReporter } from '../util/progress.js';
import { datasetKeys, isDatasetFile } from './dataset-keys.js';
import { loadVersionInfo } from './graph.js';

/** Options of {@link copyHistory}. */
export interface CopyHistoryOptions extends CallOptions {
  /** Told of keys and bytes. */
  readonly onProgress?: OnProgress | undefined;
}

const BATCH_BYTES = 16_000_000; // one transaction of the size that stores handle best
const BATCH_KEYS = 256;
const AT_A_TIME = 8; // reads under way
const READ_BYTES = 64_000_000; // about what these may hold, unless a single value is larger

/**
 * Copies all keys. What is there already is what an earlier copy left, and is not copied again: chunks of commits, which
 * never change, are not even read.
 *
 * The files that make a place a dataset are written last, so that half a copy opens as none. Nobody may write to the
 * source meanwhile.
 * @returns number of keys that were written.
 */
export async function copyHistory(source: Store, target: Store, options: CopyHistoryOptions = {}): Promise<number> {
  const call = options.signal ? { signal: options.signal } : {};
  const versions = await loadVersionInfo(source, call);
  const graph = (await source.get(versionInfoKey, call)) ?? serializeVersionInfo(versions);
  const keys = await datasetKeys(source, versions, call);
  const present = new Set<string>();
  for await (const key of target.list?.('', call) ?? []) if (isDatasetFile(key)) present.add(key);
  const last = datasetMetaKey(FIRST_COMMIT);
  const order = [...keys].filter((key) => key !== versionInfoKey && key !== last);
  const report = progressReporter(options.onProgress);
  const writer = batches(target, call);
  let done = 0;
  let bytes = 0;
  for await (const [key, value] of readAhead(source, order, present, versions, call)) {
    done++;
    if (value) {
      bytes += value.length;
      const before = present.has(key) ? await target.get(key, call) : undefined;
      if (!before || !equalBytes(before, value)) await writer.add({ key, bytes: value });
    }
    report({ done, total: order.length + 2, bytes });
  }
  await writer.flush();
  const meta = await source.get(last, call);
  // What an earlier copy has brought that the source has no more; locks and other people's files stay.
  const stale = [...present].filter((key) => !keys.has(key)).map((key) => ({ key, bytes: null }));
  const ends = [...(meta ? [{ key: last, bytes: meta }] : []), { key: versionInfoKey, bytes: graph }];
  await target.write?.([...stale, ...ends], call);
  report({ done: done + 2, total: order.length + 2, bytes: bytes + graph.length + (meta?.length ?? 0) }, true);
  return writer.written() + ends.length;
}

/** Whether a key is a chunk of a commit: those are never changed. */
function isFrozen(key: string, { commits }: VersionInfo): boolean {
  if (!/\/chunks\/[0-9a-f]+$/.test(key) || key.startsWith('.queries/')) return false;
  const commit = /^versions\/([^/]+)\//.exec(key)?.[1] ?? FIRST_COMMIT;
  return key.startsWith(commitPrefix(commit)) && commits.get(commit)?.time != null;
}

/** Reads values in order, some ahead, fewer when they are large; undefined for those that need no copy. */
async function* readAhead(
  source: Store,
  order: readonly string[],
  present: ReadonlySet<string>,
  versions: VersionInfo,
  call: CallOptions,
): AsyncGenerator<readonly [key: string, value: Bytes | undefined]> {
  const ahead: { key: string; value: Promise<Bytes | undefined> }[] = [];
  let largest = 1;
  let next = 0;
  try {
    while (next < order.length || ahead.length > 0) {
      const limit = Math.max(1, Math.min(AT_A_TIME, Math.floor(READ_BYTES / largest)));
      while (ahead.length < limit && next < order.length) {
        const key = order[next++] ?? '';
        const skip = present.has(key) && isFrozen(key, versions);
        const value = skip ? Promise.resolve(undefined) : Promise.resolve(source.get(key, call));
        value.catch(() => {}); // thrown at its turn
        ahead.push({ key, value });
      }
      const first = ahead.shift();
      if (!first) return;
      const value = await first.value;
      largest = Math.max(largest, value?.length ?? 0);
      yield [first.key, value];
    }
  } finally {
    await Promise.allSettled(ahead.map(({ value }) => value)); // nothing is read any more when the copy has ended
  }
}

/** Gathers puts into writes of bounded size. */
function batches(target: Store, call: CallOptions) {
  let batch: Put[] = [];
  let size = 0;
  let written = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await target.write?.(batch, call);
    written += batch.length;
    batch = [];
    size = 0;
  };
  return {
    flush,
    written: () => written,
    async add(put: { readonly key: string; readonly bytes: Bytes }): Promise<void> {
      if (size > 0 && size + put.bytes.length > BATCH_BYTES) await flush();
      batch.push(put);
      size += put.bytes.length;
      if (batch.length >= BATCH_KEYS) await flush();
    },
  };
}
