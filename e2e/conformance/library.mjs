/** The built package, with the parsers of its metadata that the conformance tools need beside the public API. */

import * as read from '../../dist/chunk/read.js';
import * as datasetDiff from '../../dist/format/dataset-diff.js';
import * as dtypes from '../../dist/format/dtypes.js';
import * as json from '../../dist/format/json.js';
import * as keys from '../../dist/format/keys.js';
import * as linkedCreds from '../../dist/format/linked-creds.js';
import * as pads from '../../dist/format/pads.js';
import * as queries from '../../dist/format/queries.js';
import * as linkSample from '../../dist/htype/link-sample.js';
import * as parse from '../../dist/htype/parse.js';
import * as index from '../../dist/index.js';
import * as memory from '../../dist/store/memory.js';
import * as prefixed from '../../dist/store/prefixed.js';
import * as zipRead from '../../dist/store/zip-read.js';
import * as changes from '../../dist/version/changes.js';
import * as graph from '../../dist/version/graph.js';
import * as snapshot from '../../dist/version/snapshot.js';

/** What {@link describeDataset} and {@link copyDataset} are given; tests of the sources give them the sources. */
export const library = {
  ...index,
  ...datasetDiff,
  ...dtypes,
  ...changes,
  ...graph,
  ...json,
  ...keys,
  ...memory,
  ...linkedCreds,
  ...linkSample,
  ...pads,
  ...parse,
  ...prefixed,
  ...queries,
  ...read,
  ...snapshot,
  ...zipRead,
};
