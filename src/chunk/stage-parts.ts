/** The files of a tensor beside its chunks, and in which order they are stored. */
import type { Span } from '../format/byte-positions.js';
import { type ChunkIds, serializeChunkIds } from '../format/chunk-ids.js';
import { type ChunkOwner, serializeChunkSet } from '../format/chunk-set.js';
import { type CommitDiff, serializeCommitDiff } from '../format/commit-diff.js';
import { serializeCreds } from '../format/creds.js';
import { serializeInfo } from '../format/info.js';
import type { JsonObject } from '../format/json.js';
import {
  chunkIdsKey,
  chunkSetKey,
  commitDiffKey,
  credsKey,
  FIRST_COMMIT,
  padsKey,
  sequencesKey,
  tensorInfoKey,
  tensorMetaKey,
  tilesKey,
} from '../format/keys.js';
import { serializePads } from '../format/pads.js';
import { serializeSequences } from '../format/sequences.js';
import { serializeTensorMeta, type TensorMeta } from '../format/tensor-meta.js';
import { serializeTiles, type Tiling } from '../format/tiles.js';
import type { Put } from '../store/types.js';
import type { RunTable } from '../util/runs.js';

/** Changes of one tensor in the groups of the safe order (`spec` §8.3). */
export interface StagedPuts {
  readonly chunks: Promise<Put>[];
  readonly tables: Put[];
  readonly indexes: Put[];
  readonly metas: Put[];
  readonly diffs: Put[];
}

/** Name of a file beside the chunks. */
export type Part = keyof TensorParts;

/** Content of the files beside the chunks; undefined for those that a tensor does not have. */
export interface TensorParts {
  readonly meta: TensorMeta;
  readonly diff: CommitDiff;
  readonly info: JsonObject;
  readonly ids: ChunkIds;
  readonly tiles: ReadonlyMap<number, Tiling>;
  readonly sequences: RunTable | undefined;
  readonly creds: RunTable | undefined;
  readonly chunkSet: ReadonlyMap<bigint, ChunkOwner> | undefined;
  readonly pads: readonly Span[] | undefined;
}

/** Serializes the parts that have changed into the groups of `staged`. */
export function stageParts(
  staged: StagedPuts,
  changed: ReadonlySet<Part>,
  commit: string,
  key: string,
  { meta, diff, info, ids, tiles, sequences, creds, chunkSet, pads }: TensorParts,
): void {
  const { tables, indexes, metas, diffs } = staged;
  if (changed.has('chunkSet') && chunkSet && commit !== FIRST_COMMIT)
    tables.push({ key: chunkSetKey(commit, key), bytes: serializeChunkSet(chunkSet) });
  if (changed.has('tiles')) tables.push({ key: tilesKey(commit, key), bytes: serializeTiles(tiles) });
  if (changed.has('sequences') && sequences)
    tables.push({ key: sequencesKey(commit, key), bytes: serializeSequences(sequences) });
  if (changed.has('creds') && creds) tables.push({ key: credsKey(commit, key), bytes: serializeCreds(creds) });
  if (changed.has('pads') && pads) tables.push({ key: padsKey(commit, key), bytes: serializePads(pads) });
  if (changed.has('info')) tables.push({ key: tensorInfoKey(commit, key), bytes: serializeInfo(info) });
  if (changed.has('ids')) indexes.push({ key: chunkIdsKey(commit, key), bytes: serializeChunkIds(ids) });
  if (changed.has('meta')) metas.push({ key: tensorMetaKey(commit, key), bytes: serializeTensorMeta(meta) });
  if (changed.has('diff')) diffs.push({ key: commitDiffKey(commit, key), bytes: serializeCommitDiff(diff) });
}
