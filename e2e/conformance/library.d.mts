/** What the conformance tools need of the library: its public API and the parsers of its metadata. */
export type Library = typeof import('../../src/index.js') &
  typeof import('../../src/chunk/read.js') &
  typeof import('../../src/format/dataset-diff.js') &
  typeof import('../../src/format/dtypes.js') &
  typeof import('../../src/format/json.js') &
  typeof import('../../src/format/keys.js') &
  typeof import('../../src/format/linked-creds.js') &
  typeof import('../../src/format/pads.js') &
  typeof import('../../src/format/queries.js') &
  typeof import('../../src/htype/link-sample.js') &
  typeof import('../../src/htype/parse.js') &
  typeof import('../../src/store/memory.js') &
  typeof import('../../src/store/prefixed.js') &
  typeof import('../../src/store/zip-read.js') &
  typeof import('../../src/version/changes.js') &
  typeof import('../../src/version/graph.js') &
  typeof import('../../src/version/snapshot.js');

/** The built package. */
export declare const library: Library;
