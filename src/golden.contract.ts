import { describe, expect, test } from 'vitest';
import { compareDescriptions } from '../e2e/conformance/compare.mjs';
import { copyDataset } from '../e2e/conformance/copy-dataset.mjs';
import { type Description, describeDataset } from '../e2e/conformance/describe-dataset.mjs';
import type { Library } from '../e2e/conformance/library.mjs';
import * as read from './chunk/read.js';
import * as datasetDiff from './format/dataset-diff.js';
import * as dtypes from './format/dtypes.js';
import * as json from './format/json.js';
import * as keys from './format/keys.js';
import * as linkedCreds from './format/linked-creds.js';
import * as pads from './format/pads.js';
import * as queries from './format/queries.js';
import * as linkSample from './htype/link-sample.js';
import * as parse from './htype/parse.js';
import type { LinkRequest, Store } from './index.js';
import * as index from './index.js';
import * as memory from './store/memory.js';
import * as prefixed from './store/prefixed.js';
import * as zipRead from './store/zip-read.js';
import * as changes from './version/changes.js';
import * as graph from './version/graph.js';
import * as snapshot from './version/snapshot.js';

/** What the conformance tools are given, from the sources. */
export const library: Library = {
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

/** What is known of a golden dataset: change a number when more of it can be read or written. */
interface Known {
  /** Samples that are read, over all branches, commits and views. */
  readonly compared: number;
  /** Samples that this version cannot read. */
  readonly unsupported: number;
  /** Tensors that a copy has. */
  readonly copied: number;
  /** Tensors whose copies differ for a reason that lies in the original. */
  readonly special?: readonly string[];
}

const datasets: Readonly<Record<string, Known>> = {
  annotations: { compared: 56, unsupported: 0, copied: 22 },
  arrays_lz4: { compared: 68, unsupported: 0, copied: 16 },
  dtypes: { compared: 98, unsupported: 0, copied: 22 },
  emptyish: { compared: 4, unsupported: 0, copied: 9 },
  groups: { compared: 17, unsupported: 0, copied: 12 },
  images_chunk: { compared: 38, unsupported: 0, copied: 13 },
  images_files: { compared: 26, unsupported: 0, copied: 9 },
  images_sample: { compared: 65, unsupported: 0, copied: 22 },
  // Some shapes were those of samples that were replaced or removed before.
  links: { compared: 30, unsupported: 0, copied: 7, special: ['img'] },
  links_creds: { compared: 12, unsupported: 0, copied: 1 },
  medical: { compared: 9, unsupported: 0, copied: 8 },
  multichunk: { compared: 216, unsupported: 0, copied: 6 },
  no_tensors: { compared: 0, unsupported: 0, copied: 0 },
  points_mesh: { compared: 5, unsupported: 0, copied: 4 },
  sequences: { compared: 65, unsupported: 0, copied: 11, special: ['images_png'] },
  // The original stores null for no tags; ours stores an empty list.
  text_json: { compared: 94, unsupported: 0, copied: 14, special: ['tag', 'tag_clz4', 'tag_slz4'] },
  // The sample of empty_tiled was made from a shape alone, in tiles that an array of its size would not be cut into.
  tiled: { compared: 10, unsupported: 0, copied: 5, special: ['empty_tiled'] },
  updates: { compared: 205, unsupported: 0, copied: 6 },
  versions: { compared: 208, unsupported: 0, copied: 6 },
  versions_conflict: { compared: 197, unsupported: 0, copied: 1 },
  video_audio: { compared: 16, unsupported: 0, copied: 9 },
  views: { compared: 194, unsupported: 0, copied: 4 },
};

/**
 * Tests that every golden dataset is read as Deep Lake reads it, at every branch and commit, and that its copy by our
 * own writer is read the same.
 *
 * @param load - gives a file of e2e/fixtures/golden.
 */
export function goldenContract(load: (file: string) => Promise<Blob>, codecs?: index.CodecPool): void {
  // Links are relative to the folder that holds the datasets, as the fixtures' README says.
  let assets: Promise<Store> | undefined;
  const resolveLink = async ({ path }: LinkRequest) => {
    assets ??= load('assets.zip').then((zip) => zipRead.zipStore(zip, { root: '' }));
    return path.startsWith('assets/') ? await (await assets).get(path) : undefined;
  };
  const options = { resolveLink, ...(codecs && { codecs }) };

  describe.each(Object.entries(datasets))('%s of Deep Lake', (name, known) => {
    const open = async () => zipRead.zipStore(await load(`${name}.zip`));

    test('is read as expected', async () => {
      const expected = JSON.parse(await (await load(`${name}.expected.json`)).text()) as Description;
      const described = await describeDataset(library, await open(), { name, ...options });
      const { differences, compared, unsupported } = compareDescriptions(expected, described);
      expect(differences).toEqual([]);
      expect({ compared, unsupported }).toEqual({ compared: known.compared, unsupported: known.unsupported });
    });

    test('is copied with all that can be written', async () => {
      const source = await open();
      const target = memory.memoryStore();
      const { copied, commits } = await copyDataset(library, source, target, options);
      const [original, copy] = await Promise.all(
        [source, target].map((store) => describeDataset(library, store, { name, ...options })),
      );
      if (!original || !copy) throw new Error('two descriptions were made');
      const { differences } = compareDescriptions(original, copy, { copy: true, commits });
      const isSpecial = (line: string) => known.special?.some((tensor) => line.startsWith(`main tensor ${tensor} `));
      expect(differences.filter((line) => !isSpecial(line))).toEqual([]);
      expect(copied.length).toBe(known.copied);
    });
  });
}
