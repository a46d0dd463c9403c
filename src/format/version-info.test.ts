import { describe, expect, test } from 'vitest';
import { utf8Decode, utf8Encode } from '../util/bytes.js';
import { parseCommitInfo, serializeCommitInfo } from './commit-info.js';
import { newHead } from './commit-node.js';
import { FIRST_COMMIT } from './keys.js';
import { rebuildVersionInfo } from './rebuild-version-info.js';
import {
  type CommitNode,
  newVersionInfo,
  parseVersionInfo,
  serializeVersionInfo,
  type VersionInfo,
} from './version-info.js';

const node = (branch: string, parent: string | null, children: string[], time: number | null): CommitNode => ({
  ...newHead(branch, parent),
  ...{ children, time, message: time === null ? null : `at ${time}`, author: time === null ? null : 'public' },
});

// main: FIRST - a - b(head); side branches off a: s(head)
const graph: VersionInfo = {
  commits: new Map([
    [FIRST_COMMIT, node('main', null, ['a'], 1.5)],
    ['a', node('main', FIRST_COMMIT, ['b', 's'], 2.5)],
    ['b', node('main', 'a', [], null)],
    ['s', node('side', 'a', [], null)],
  ]),
  branches: new Map([
    ['main', 'b'],
    ['side', 's'],
  ]),
};

describe('version info', () => {
  test('a new dataset, as the original prints it', () => {
    const text =
      `{"commits": {"${FIRST_COMMIT}": {"branch": "main", "parent": null, "children": [], "commit_message": null, ` +
      '"commit_time": null, "commit_user_name": null, "is_checkpoint": false, "total_samples_processed": 0}}, ' +
      `"branches": {"main": "${FIRST_COMMIT}"}}`;
    expect(utf8Decode(serializeVersionInfo(newVersionInfo()))).toBe(text);
    expect(parseVersionInfo(utf8Encode(text), 'k')).toEqual(newVersionInfo());
  });

  test('a graph with branches, both ways', () => {
    expect(parseVersionInfo(serializeVersionInfo(graph), 'k')).toEqual(graph);
  });

  test('two fields may be missing, the others may not', () => {
    const json = JSON.parse(utf8Decode(serializeVersionInfo(newVersionInfo())));
    const first = json.commits[FIRST_COMMIT];
    delete first.is_checkpoint;
    delete first.total_samples_processed;
    expect(parseVersionInfo(utf8Encode(JSON.stringify(json)), 'k')).toEqual(newVersionInfo());
    for (const name of ['branch', 'parent', 'children', 'commit_message', 'commit_time', 'commit_user_name']) {
      const { [name]: _, ...rest } = first;
      const less = { ...json, commits: { [FIRST_COMMIT]: rest } };
      expect(() => parseVersionInfo(utf8Encode(JSON.stringify(less)), 'k')).toThrow(`field "${name}"`);
    }
  });

  test('graphs that cannot be walked are refused', () => {
    const change = (id: string, one: CommitNode): VersionInfo => ({
      ...graph,
      commits: new Map([...graph.commits, [id, one]]),
    });
    const wrong: [string, VersionInfo][] = [
      ['root commit', { commits: new Map(), branches: new Map() }],
      ['child of commit a', change('a', node('main', FIRST_COMMIT, ['gone'], 1))],
      ['parent of commit s', change('s', node('side', 'gone', [], null))],
      ['a branch in the file', change('s', node('other', 'a', [], null))],
      ['branch "main"', { ...graph, branches: new Map([...graph.branches, ['main', 'gone']]) }],
      ['got itself', change('a', node('main', 's', ['s'], 1))],
      ['got itself', change('a', node('main', 'a', [], 1))],
      ['ids without slashes', change('../x', node('main', 'a', [], 1))],
    ];
    for (const [part, info] of wrong) expect(() => parseVersionInfo(serializeVersionInfo(info), 'k')).toThrow(part);
  });

  test('long histories are checked in linear time', () => {
    const commits = new Map(newVersionInfo().commits);
    for (let i = 0; i < 20_000; i++) commits.set(`c${i}`, node('main', i === 0 ? FIRST_COMMIT : `c${i - 1}`, [], i));
    const info = { commits, branches: new Map([['main', 'c19999']]) };
    expect(parseVersionInfo(serializeVersionInfo(info), 'k').commits.size).toBe(20_001);
  });

  test('commit_info is one node, children before parent', () => {
    const one = node('main', FIRST_COMMIT, ['b'], 2.5);
    const text =
      `{"branch": "main", "children": ["b"], "parent": "${FIRST_COMMIT}", "commit_message": "at 2.5", "commit_time": 2.5, ` +
      '"commit_user_name": "public", "is_checkpoint": false, "total_samples_processed": 0}';
    expect(utf8Decode(serializeCommitInfo(one))).toBe(text);
    expect(parseCommitInfo(utf8Encode(text), 'k')).toEqual(one);
    expect(() => parseCommitInfo(utf8Encode('[]'), 'k')).toThrow('an object');
  });
});

describe('rebuildVersionInfo', () => {
  const walkable = (info: VersionInfo) => expect(parseVersionInfo(serializeVersionInfo(info), 'k')).toEqual(info);
  const sorted = (info: VersionInfo) => Object.fromEntries([...info.branches].sort());

  test('from all nodes, the same graph', () => {
    const info = rebuildVersionInfo(graph.commits);
    expect(new Map([...info.commits].sort())).toEqual(new Map([...graph.commits].sort()));
    expect(sorted(info)).toEqual({ main: 'b', side: 's' });
  });

  test('without the root, a new graph', () => {
    expect(rebuildVersionInfo(new Map())).toEqual(newVersionInfo());
  });

  test('a missing child becomes a head where its branch has none', () => {
    const nodes = new Map(graph.commits);
    nodes.delete('b');
    const info = rebuildVersionInfo(nodes);
    expect(sorted(info)).toEqual({ main: 'b', side: 's' });
    expect(info.commits.get('b')).toEqual(newHead('main', 'a'));
    walkable(info);
  });

  test('a stale child is forgotten when the branch has a head that only knows its parent', () => {
    const nodes = new Map([...graph.commits, ['a', node('main', FIRST_COMMIT, ['old', 's'], 2.5)]] as const);
    const info = rebuildVersionInfo(nodes);
    expect(sorted(info)).toEqual({ main: 'b', side: 's' });
    expect([...(info.commits.get('a')?.children ?? [])].sort()).toEqual(['b', 's']);
    walkable(info);
  });

  test('a branch without a head gets its newest commit; circles and strangers are left out', () => {
    const nodes = new Map([
      [FIRST_COMMIT, node('main', null, ['a'], 1)],
      ['a', node('main', FIRST_COMMIT, [FIRST_COMMIT, 'x'], 2)],
      ['x', node('main', 'y', ['y'], 9)],
      ['y', node('main', 'x', ['x'], 8)],
    ]);
    const info = rebuildVersionInfo(nodes);
    expect(sorted(info)).toEqual({ main: 'a' });
    expect([...info.commits.keys()]).toEqual([FIRST_COMMIT, 'a']);
    walkable(info);
  });
});
