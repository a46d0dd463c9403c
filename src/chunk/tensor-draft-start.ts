import type { ChunkIds } from '../format/chunk-ids.js';
import type { ChunkOwner } from '../format/chunk-set.js';
import type { CommitDiff } from '../format/commit-diff.js';
import type { JsonObject } from '../format/json.js';
import type { Tiling } from '../format/tiles.js';
import type { RunTable } from '../util/runs.js';
import type { OpenChunk } from './open-chunk.js';
import type { StoredTensor } from './stored-tensor.js';

/** What a tensor of a draft starts with. */
export interface TensorDraftStart {
  /** Head commit that is written to. */
  readonly commit: string;
  readonly stored: StoredTensor;
  readonly info: JsonObject;
  readonly diff: CommitDiff;
  readonly ids: ChunkIds;
  readonly tiles: ReadonlyMap<number, Tiling>;
  /** Items of each sequence; undefined when the tensor is none of sequences. */
  readonly sequences?: RunTable | undefined;
  /** Number of the credentials key of each item; undefined when the tensor is none of links. */
  readonly creds?: RunTable | undefined;
  /** Whether the stored table of tiles lists samples that are not there: left in it, they would spoil later ones. */
  readonly staleTiles?: boolean;
  /** Chunks that the head owns; undefined in the first commit, which has no such list. */
  readonly chunkSet: ReadonlyMap<bigint, ChunkOwner> | undefined;
  /** The last chunk, when samples may be added to it. */
  readonly open: OpenChunk | undefined;
  /** Whether nothing of the tensor is stored yet. */
  readonly isNew: boolean;
  readonly newId: () => bigint;
}
