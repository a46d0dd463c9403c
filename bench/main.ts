/** The page that measures. scripts/bench.mjs decides what runs when, through the global `bench`. */
import { type Benchmark, figureOf, type Side } from './benchmark.js';
import { checkoutBranch, checkoutCommit } from './checkout.js';
import { coldOpen } from './cold-open.js';
import { commitBySize, commitChanges } from './commit.js';
import { filterFunction, filterLabels } from './filter.js';
import { ingestVsBlobs, ingestVsRecords } from './ingest.js';
import { jpegGrid, jpegIntoVsInline, jpegVsCanvas, jpegVsInline } from './jpeg-decode.js';
import { labelBoxDraft, labelBoxFlushed, labelBoxVsArray } from './label-box.js';
import { masksVsLz4Wasm } from './masks.js';
import { pngVsUpng } from './png.js';
import { popScattered } from './pop.js';
import { readVsHeldBlob, readVsRecord } from './random-read.js';
import { replaceLabel, replaceLabelBytes } from './replace-label.js';
import { videoRgb, videoSeek, videoSequential } from './video.js';

const benchmarks: Readonly<Record<string, () => Benchmark>> = {
  'ingest-jpeg-vs-records': ingestVsRecords,
  'ingest-jpeg-vs-blobs': ingestVsBlobs,
  'random-encoded-sample': readVsHeldBlob,
  'random-encoded-sample-vs-record': readVsRecord,
  'label-box-draft': labelBoxDraft,
  'label-box-flushed': labelBoxFlushed,
  'label-box-flushed-vs-array': labelBoxVsArray,
  'cold-open-100k': coldOpen,
  'replace-label': replaceLabel,
  'replace-label-bytes': replaceLabelBytes,
  'commit-1': () => commitChanges(1),
  'commit-100': () => commitChanges(100),
  'commit-10000': () => commitChanges(10_000),
  'commit-1-bytes': () => commitChanges(1, 'kB'),
  'commit-100k-vs-1k-rows': commitBySize,
  'checkout-branch-and-back': checkoutBranch,
  'checkout-old-commit': checkoutCommit,
  'filter-labels': filterLabels,
  'filter-labels-function': filterFunction,
  'pop-scattered': popScattered,
  'jpeg-arrays-vs-inline': jpegVsInline,
  jpegVsInline,
  'jpeg-arrays-into-vs-inline': jpegIntoVsInline,
  'jpeg-arrays-vs-canvas': jpegVsCanvas,
  'jpeg-grid': jpegGrid,
  'png-decode-vs-upng': pngVsUpng,
  'lz4-masks': masksVsLz4Wasm,
  'video-sequential': videoSequential,
  'video-rgb': videoRgb,
  'video-seek': videoSeek,
};

let chosen: Benchmark | undefined;

function current(): Benchmark {
  if (!chosen) throw new Error('No benchmark was chosen');
  return chosen;
}

const bench = {
  names: () => Object.keys(benchmarks),
  /** Chooses the benchmark of this page, and gives its plain facts. */
  choose(name: string) {
    chosen = benchmarks[name]?.();
    const { title, peerTitle, rounds, reload = false } = current();
    return { title, peerTitle, rounds, reload };
  },
  prepare: async () => current().prepare?.(),
  measure: (side: Side, round: number) => current().measure(side, round),
  figure: (ours: number[], peer: number[]) => figureOf(ours, peer, current().unit),
  cleanUp: async () => current().cleanUp?.(),
};

Object.assign(globalThis, { bench });
