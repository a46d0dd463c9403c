import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { zipStore } from '../store/zip-read.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import { parseChunk, serializeChunkHeader } from './chunk.js';
import { parseChunkIds, serializeChunkIds } from './chunk-ids.js';
import { parseChunkSet, serializeChunkSet } from './chunk-set.js';
import { parseCommitDiff, serializeCommitDiff } from './commit-diff.js';
import { parseCommitInfo, serializeCommitInfo } from './commit-info.js';
import { parseCreds, serializeCreds } from './creds.js';
import { parseDatasetDiff, serializeDatasetDiff } from './dataset-diff.js';
import { parseDatasetMeta, serializeDatasetMeta } from './dataset-meta.js';
import { parseInfo, serializeInfo } from './info.js';
import { parseLinkedCreds, serializeLinkedCreds } from './linked-creds.js';
import { parsePads, serializePads } from './pads.js';
import { parseQueries, serializeQueries } from './queries.js';
import { parseSequences, serializeSequences } from './sequences.js';
import { parseTensorMeta, serializeTensorMeta } from './tensor-meta.js';
import { parseTiles, serializeTiles } from './tiles.js';
import { parseVersionInfo, serializeVersionInfo } from './version-info.js';

const GOLDEN = new URL('../../e2e/fixtures/golden/', import.meta.url);

/** Parses a file and prints it again, by the end of its key. */
const routes: [end: string, again: (bytes: Bytes, key: string) => Bytes][] = [
  ['/tensor_meta.json', (bytes, key) => serializeTensorMeta(parseTensorMeta(bytes, key))],
  ['/tensor_info.json', (bytes, key) => serializeInfo(parseInfo(bytes, key))],
  ['/dataset_info.json', (bytes, key) => serializeInfo(parseInfo(bytes, key))],
  ['/dataset_meta.json', (bytes, key) => serializeDatasetMeta(parseDatasetMeta(bytes, key))],
  ['/version_control_info.json', (bytes, key) => serializeVersionInfo(parseVersionInfo(bytes, key))],
  ['/commit_info.json', (bytes, key) => serializeCommitInfo(parseCommitInfo(bytes, key))],
  ['/linked_creds.json', (bytes, key) => serializeLinkedCreds(parseLinkedCreds(bytes, key))],
  ['/queries.json', (bytes, key) => serializeQueries(parseQueries(bytes, key))],
  ['/dataset_diff', (bytes, key) => serializeDatasetDiff(parseDatasetDiff(bytes, key))],
  ['/commit_diff', (bytes, key) => serializeCommitDiff(parseCommitDiff(bytes, key))],
  ['/chunk_set', (bytes, key) => serializeChunkSet(parseChunkSet(bytes, key))],
  ['/chunks_index/unsharded', (bytes, key) => serializeChunkIds(parseChunkIds(bytes, key))],
  ['/tiles_index/unsharded', (bytes, key) => serializeTiles(parseTiles(bytes, key))],
  ['/sequence_index/unsharded', (bytes, key) => serializeSequences(parseSequences(bytes, key))],
  ['/creds_index/unsharded', (bytes, key) => serializeCreds(parseCreds(bytes, key))],
  ['/pad_index/unsharded', (bytes, key) => serializePads(parsePads(bytes, key))],
];

function chunkAgain(bytes: Bytes, key: string): Bytes {
  const { shapes, positions, data } = parseChunk(bytes, key);
  return concatBytes([serializeChunkHeader(shapes, positions), data]);
}

describe('golden datasets', () => {
  const zips = readdirSync(GOLDEN).filter((name) => name.endsWith('.zip') && name !== 'assets.zip');

  test('are there', () => {
    expect(zips).toHaveLength(22);
  });

  test.each(zips)('%s: every file is read and printed again byte for byte', async (zip) => {
    const store = await zipStore(new Blob([readFileSync(new URL(zip, GOLDEN))]), { root: '' });
    const different: string[] = [];
    const unknown: string[] = [];
    for await (const key of store.list('')) {
      const bytes = await store.get(key);
      const again = key.includes('/chunks/') ? chunkAgain : routes.find(([end]) => key.endsWith(end))?.[1];
      if (!again || !bytes) unknown.push(key);
      else if (Buffer.compare(again(bytes, key), bytes) !== 0) different.push(key);
    }
    expect(unknown).toEqual([]);
    expect(different).toEqual([]);
  });
});
