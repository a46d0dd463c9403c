import { type ChunkIds, sampleCount } from '../format/chunk-ids.js';
import { type CommitDiff, newCommitDiff, parseCommitDiff } from '../format/commit-diff.js';
import { chunkKey, commitDiffKey, FIRST_COMMIT } from '../format/keys.js';
import { newSequences } from '../format/sequences.js';
import { type Codecs, loadLz4, usesLz4 } from './codecs.js';
import { checkCompanion } from './companions.js';
import { storageForm } from './limits.js';
import { loadChunk } from './load-chunk.js';
import type { OpenChunk } from './open-chunk.js';
import { fitsChunk } from './plan-append.js';
import type { StoredTensor } from './stored-tensor.js';
import { TensorDraft } from './tensor-draft.js';
import { degrades } from './unpack.js';

/** What loading a draft needs beside the stored tensor. */
export interface DraftEnvironment {
  /** Head commit that is written to. */
  readonly commit: string;
  readonly codecs: Codecs;
  /** Draws a chunk id that no other chunk of the tensor has. */
  readonly newId: () => bigint;
}

/**
 * Reads what appending to a stored tensor needs: its tables, and its last chunk when that has room.
 *
 * Samples that the last chunk holds beyond the index are dropped: a write was cut off between the two.
 */
export async function loadTensorDraft(stored: StoredTensor, env: DraftEnvironment): Promise<TensorDraft> {
  const { commit } = env;
  const { meta, key } = stored;
  for (const [companion, { extend }] of Object.entries(meta.links)) checkCompanion(key, companion, extend);
  if (usesLz4(storageForm(meta))) await loadLz4();
  const diffKey = commitDiffKey(commit, key);
  const [ids, tiles, info, chunkSets, creds, diffBytes] = await Promise.all([
    stored.chunkIds(),
    stored.tiles(),
    stored.info(),
    stored.chunkSets(),
    stored.creds(),
    stored.from.store.get(diffKey),
  ]);
  const cut = trimmed(ids, meta.length);
  const diff: CommitDiff = diffBytes ? parseCommitDiff(diffBytes, diffKey) : newCommitDiff(false, stored.length);
  const own = chunkSets.find(([id]) => id === commit)?.[1];
  return new TensorDraft({
    commit,
    stored,
    info,
    diff,
    ids: cut,
    tiles: new Map([...tiles].filter(([index]) => index < meta.length)),
    staleTiles: [...tiles.keys()].some((index) => index >= meta.length),
    sequences: meta.isSequence ? (stored.sequences?.clone() ?? newSequences()) : undefined,
    creds: creds?.clone(),
    chunkSet: commit === FIRST_COMMIT ? undefined : (own ?? new Map()),
    open: await loadOpenChunk(stored, cut, tiles.has(meta.length - 1), env),
    isNew: false,
    newId: env.newId,
  });
}

/** The index without rows of samples that the metadata does not count: a write was cut off between the two. */
function trimmed({ ids, lasts }: ChunkIds, length: number): ChunkIds {
  if (sampleCount({ ids, lasts }) <= length) return { ids, lasts };
  const past = lasts.findIndex((last) => last >= length);
  // The first row that reaches too far may begin before the end; all tiles of a sample have the same last index.
  const rows = past + ((lasts[past - 1] ?? -1) + 1 < length ? 1 : 0);
  return { ids: ids.slice(0, rows), lasts: lasts.slice(0, rows).map((last) => Math.min(last, length - 1)) };
}

/** The last chunk, when the head owns it, it holds no tile, and it has room. */
async function loadOpenChunk(
  stored: StoredTensor,
  { ids, lasts }: ChunkIds,
  isTiled: boolean,
  env: DraftEnvironment,
): Promise<OpenChunk | undefined> {
  const row = ids.length - 1;
  const id = ids[row];
  const last = lasts[row] ?? -1;
  const before = lasts[row - 1] ?? -1;
  if (id === undefined || isTiled || last === before || degrades(storageForm(stored.meta))) return undefined;
  const key = chunkKey(env.commit, stored.key, id);
  if ((await stored.chunkKey(id)) !== key) return undefined;
  const count = last - before;
  const view = await stored.chunk(id);
  const form = storageForm(stored.meta);
  const plain = form.chunkCompression === null || form.chunkCompression === 'lz4';
  if (plain && !fitsChunk(form, view.positions.total, 1)) return undefined;
  const chunk = await loadChunk(stored, id, count, env.codecs);
  return fitsChunk(form, chunk.dataBytes, 1) ? chunk : undefined;
}
