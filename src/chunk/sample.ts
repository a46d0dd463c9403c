import type { Dtype } from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';
import type { Bytes } from '../util/bytes.js';

/** One tile of a sample that is too big for a chunk. */
export interface Tile {
  readonly bytes: Bytes;
  readonly shape: readonly number[];
}

/** How a sample is cut: tiles of one shape in C order of the grid, those at the edges smaller. */
export interface Tiling {
  readonly tileShape: readonly number[];
  readonly tiles: readonly Tile[];
}

/** A sample in the form in which a chunk holds it. */
export interface Sample {
  /** Stored bytes: raw numbers, a file, an LZ4 block, UTF-8; none for empty samples and tiled ones. */
  readonly bytes: Bytes;
  /** Undefined for an empty sample, whose shape is zeros in as many dimensions as the tensor has. */
  readonly shape: readonly number[] | undefined;
  /** dtype that the sample brings, for tensors that have none yet. */
  readonly dtype: Dtype | undefined;
  /** Row of the `_info` companion; `{}` when absent. */
  readonly info?: JsonObject;
  readonly tiling?: Tiling;
  /** Row of the `_id` companion, of a sample that comes from another commit; a random one when absent. */
  readonly id?: Bytes;
  /** For links, whose bytes are a path: what is known of the target. */
  readonly link?: LinkFacts;
}

/** What is recorded of a link beside its path. */
export interface LinkFacts {
  /** Shape of the target; undefined when it was not looked at. */
  readonly shape: readonly number[] | undefined;
  /** Number of the credentials key; 0 for none. */
  readonly creds: number;
}
