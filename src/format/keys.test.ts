import { describe, expect, test } from 'vitest';
import * as keys from './keys.js';

const { FIRST_COMMIT, isSafeKey } = keys;

describe('keys', () => {
  test('the root commit lies at the root, others in their folder', () => {
    expect(FIRST_COMMIT.length).toBe(40);
    expect(keys.datasetMetaKey(FIRST_COMMIT)).toBe('dataset_meta.json');
    expect(keys.datasetInfoKey('c')).toBe('versions/c/dataset_info.json');
    expect(keys.datasetDiffKey('c')).toBe('versions/c/dataset_diff');
    expect(keys.commitInfoKey('c')).toBe('versions/c/commit_info.json');
    expect(keys.datasetLockKey('c')).toBe('versions/c/dataset_lock.lock');
    expect([keys.versionInfoKey, keys.graphLockKey]).toEqual([
      'version_control_info.json',
      'version_control_info.lock',
    ]);
    expect([keys.linkedCredsKey, keys.queriesKey]).toEqual(['linked_creds.json', 'queries.json']);
  });

  test('everything of a tensor lies in its folder', () => {
    expect(keys.tensorMetaKey(FIRST_COMMIT, 'a/b')).toBe('a/b/tensor_meta.json');
    expect(keys.tensorInfoKey('c', 'a')).toBe('versions/c/a/tensor_info.json');
    expect(keys.chunkIdsKey('c', 'a')).toBe('versions/c/a/chunks_index/unsharded');
    expect(keys.tilesKey('c', 'a')).toBe('versions/c/a/tiles_index/unsharded');
    expect(keys.sequencesKey('c', 'a')).toBe('versions/c/a/sequence_index/unsharded');
    expect(keys.credsKey('c', 'a')).toBe('versions/c/a/creds_index/unsharded');
    expect(keys.padsKey('c', 'a')).toBe('versions/c/a/pad_index/unsharded');
    expect(keys.commitDiffKey('c', 'a')).toBe('versions/c/a/commit_diff');
    expect(keys.chunkSetKey('c', 'a')).toBe('versions/c/a/chunk_set');
    expect(keys.chunkKey(FIRST_COMMIT, 'a', 0x08363f87ab6c4515n)).toBe('a/chunks/8363f87ab6c4515');
  });

  test('paths that leave the store are told', () => {
    for (const key of ['a', 'a/b', '.a', '...', 'a b', 'ä/…']) expect(isSafeKey(key), key).toBe(true);
    for (const key of ['', '/a', 'a/', 'a//b', '.', '..', 'a/../b', 'a\\b', 'a\0', 'a\n']) {
      expect(isSafeKey(key), key).toBe(false);
    }
  });
});
