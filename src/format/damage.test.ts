import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { type Bytes, utf8Encode } from '../util/bytes.js';
import { newBytePositions } from './byte-positions.js';
import { parseChunk, parseChunkHeader, serializeChunkHeader } from './chunk.js';
import { parseChunkIds, serializeChunkIds } from './chunk-ids.js';
import { parseChunkSet } from './chunk-set.js';
import { newCommitDiff, parseCommitDiff, recordAppend, serializeCommitDiff } from './commit-diff.js';
import { newCreds, parseCreds, serializeCreds } from './creds.js';
import { parseDatasetDiff, serializeDatasetDiff } from './dataset-diff.js';
import { emptyDatasetMeta, parseDatasetMeta, serializeDatasetMeta } from './dataset-meta.js';
import { hex } from './hex.contract.js';
import { parseJson } from './json.js';
import { parseLinkedTiles, serializeLinkedTiles } from './linked-tiles.js';
import { parseLock } from './lock.js';
import { splitLz4 } from './lz4-frame.js';
import { parsePads, serializePads } from './pads.js';
import { decodePolygons } from './polygon.js';
import { newSequences, parseSequences, serializeSequences } from './sequences.js';
import { newShapes } from './shapes.js';
import { parseTensorMeta, serializeTensorMeta } from './tensor-meta.js';
import { parseTiles, serializeTiles } from './tiles.js';
import { newVersionInfo, parseVersionInfo, serializeVersionInfo } from './version-info.js';

const shapes = newShapes(2);
const positions = newBytePositions();
const sequences = newSequences();
const creds = newCreds();
for (const n of [1, 2, 2, 0]) {
  shapes.append([n, 3]);
  positions.append([3 * n]);
  sequences.append([n]);
  creds.append([n]);
}
const chunk = new Uint8Array([...serializeChunkHeader(shapes, positions), ...new Uint8Array(15)]);

const structures: [name: string, bytes: Bytes, parse: (bytes: Bytes, key: string) => unknown][] = [
  ['chunk', chunk, parseChunk],
  ['chunk header', chunk, (bytes, key) => parseChunkHeader(bytes, key)],
  ['chunk ids', serializeChunkIds({ ids: [1n, 2n, 3n], lasts: [0, 4, 4] }), parseChunkIds],
  ['sequences', serializeSequences(sequences), parseSequences],
  ['creds', serializeCreds(creds), parseCreds],
  ['pads', serializePads([{ start: 3, end: 8 }]), parsePads],
  ['tiles', serializeTiles(new Map([[1, { sampleShape: [15, 11], tileShape: [8, 11] }]])), parseTiles],
  ['commit diff', serializeCommitDiff(recordAppend(newCommitDiff(true, 2), 3)), parseCommitDiff],
  [
    'dataset diff',
    serializeDatasetDiff({ infoUpdated: true, renamed: new Map([['a', 'bc']]), deleted: ['d'] }),
    parseDatasetDiff,
  ],
  ['chunk set', utf8Encode('85e43fd416024c55,beed3a84af24c37:c1,1:c2:a/b'), parseChunkSet],
  ['linked tiles', serializeLinkedTiles({ grid: [1, 2], paths: ['a', 'b'] }), parseLinkedTiles],
  ['lock', hex('01×6 00×8 02×4'), parseLock],
  ['lz4', hex('05 00 00 00 50 68 65 6c 6c 6f'), splitLz4],
  ['polygon', hex('02 00 01 00 00 00 00×8'), (bytes, key) => decodePolygons(bytes, 'float32', 2, key)],
  ['json', utf8Encode('{"a": [NaN, 12345678901234567890, "\\u00e4", {"b": [1e5, null]}]}'), parseJson],
  [
    'tensor meta',
    serializeTensorMeta(parseTensorMeta(utf8Encode('{"links": {"a": {"extend": "x"}}}'), 'k')),
    parseTensorMeta,
  ],
  [
    'dataset meta',
    serializeDatasetMeta({ ...emptyDatasetMeta(), tensors: ['a'], tensorNames: { b: 'a' } }),
    parseDatasetMeta,
  ],
  ['version info', serializeVersionInfo(newVersionInfo()), parseVersionInfo],
];

/** Whether bytes are read, or refused by an error that names the key. Any other exception passes through. */
function isOrderly(parse: (bytes: Bytes, key: string) => unknown, bytes: Bytes): boolean {
  try {
    parse(bytes, 'the/key');
    return true;
  } catch (error) {
    if (!isDatasetError(error, 'corrupt')) throw error;
    return error.data.key === 'the/key' && error.message.includes('the/key');
  }
}

describe('damaged bytes are read or refused', () => {
  test.each(structures)('%s: whole', (_, bytes, parse) => {
    expect(() => parse(bytes, 'k')).not.toThrow();
  });

  test.each(structures)('%s: cut at every length', (_, bytes, parse) => {
    for (let length = 0; length < bytes.length; length++) expect(isOrderly(parse, bytes.slice(0, length))).toBe(true);
  });

  test.each(structures)('%s: every byte set to 00, 01, 7f, 80 and ff', (_, bytes, parse) => {
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[at] = value;
        expect(isOrderly(parse, damaged)).toBe(true);
      }
    }
  });

  test.each(structures)('%s: random bytes changed', (_, bytes, parse) => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        return isOrderly(parse, damaged);
      }),
      { numRuns: 300 },
    );
  });

  test.each(structures)('%s: noise', (_, _bytes, parse) => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => isOrderly(parse, new Uint8Array(bytes))));
  });
});
