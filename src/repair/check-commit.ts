/** Checks one commit: its lists of tensors and groups, its record of changes, and its tensors. */
import { type DatasetDiff, parseDatasetDiff, serializeDatasetDiff } from '../format/dataset-diff.js';
import { type DatasetMeta, parseDatasetMeta, serializeDatasetMeta } from '../format/dataset-meta.js';
import { parseInfo } from '../format/info.js';
import { stringifyJson } from '../format/json.js';
import { commitDiffKey, datasetDiffKey, datasetInfoKey, datasetMetaKey, FIRST_COMMIT } from '../format/keys.js';
import { groupsOf } from '../format/tensor-names.js';
import type { VersionInfo } from '../format/version-info.js';
import { lineageOf } from '../version/graph.js';
import { checkChunkSet, checkDiff } from './check-changes.js';
import { type Compared, checkCompanions } from './check-companions.js';
import { type ChunkResults, checkTensor } from './check-tensor.js';
import type { Scan } from './scan.js';
import { type CommitState, loadChunkSet, loadState, rowsOf } from './tensor-state.js';

/** What later commits are compared with. */
export interface CommitSummary {
  /** Samples of each tensor by key. */
  readonly rows: ReadonlyMap<string, number>;
  /** Name of each tensor by key. */
  readonly names: ReadonlyMap<string, string>;
  readonly hidden: ReadonlySet<string>;
  readonly info: string;
}

/** What the commits of one dataset share while they are checked. */
export interface Shared {
  readonly versions: VersionInfo;
  readonly summaries: Map<string, CommitSummary>;
  readonly chunkSets: CommitState['chunkSets'];
  readonly results: ChunkResults;
  readonly compared: Compared;
  /** Number of names of credentials. */
  readonly credsKeys: number;
}

/** Checks a commit whose parent was checked before. */
export async function checkCommit(scan: Scan, shared: Shared, id: string): Promise<void> {
  const place = { commit: id };
  const metaKey = datasetMetaKey(id);
  const meta = await scan.parsed('dataset-meta', metaKey, parseDatasetMeta, place);
  const info = await scan.parsed('dataset-info', datasetInfoKey(id), parseInfo, place);
  if (typeof meta !== 'object') return;
  await checkLists(scan, id, meta);
  const names = new Map(Object.entries(meta.tensorNames).map(([name, key]) => [key, name]));
  const state: CommitState = {
    id,
    lineage: lineageOf(shared.versions, id),
    tensors: new Map(),
    keyOfName: new Map(Object.entries(meta.tensorNames)),
    hidden: new Set(meta.hiddenTensors),
    credsKeys: shared.credsKeys,
    chunkSets: shared.chunkSets,
  };
  for (const key of new Set(meta.tensors)) {
    const tensor = await loadState(scan, state, key, names.get(key) ?? key);
    if (tensor) state.tensors.set(key, tensor);
  }
  const commits = new Set(shared.versions.commits.keys());
  const parent = shared.summaries.get(shared.versions.commits.get(id)?.parent ?? '');
  let merged = false;
  for (const key of state.tensors.keys())
    for (const [, entry] of id === FIRST_COMMIT ? [] : await loadChunkSet(scan, state, id, key))
      merged ||= entry.commit !== undefined;
  for (const tensor of state.tensors.values()) {
    await checkChunkSet(scan, state, tensor, commits);
    await checkTensor(scan, state, tensor, shared.results);
  }
  const all = new Set(meta.tensors);
  for (const tensor of state.tensors.values()) {
    await checkCompanions(scan, state, tensor, all, shared.compared);
    await checkDiff(scan, state, tensor, { rows: parent?.rows.get(tensor.key), merged });
  }
  for (const key of meta.tensors) scan.known.add(commitDiffKey(id, key));
  const summary: CommitSummary = {
    rows: new Map([...state.tensors].map(([key, tensor]) => [key, rowsOf(tensor)])),
    names,
    hidden: new Set(meta.hiddenTensors),
    info: typeof info === 'object' ? stringifyJson(info, { sortKeys: true }) : '{}',
  };
  shared.summaries.set(id, summary);
  await checkDatasetDiff(scan, id, summary, parent);
}

async function checkLists(scan: Scan, id: string, meta: DatasetMeta): Promise<void> {
  const key = datasetMetaKey(id);
  const { tensors, tensorNames, hiddenTensors, groups } = meta;
  const all = new Set(tensors);
  const names = Object.keys(tensorNames);
  const problems: string[] = [];
  if (all.size < tensors.length) problems.push('a tensor is listed twice');
  const hidden = hiddenTensors.filter((tensor) => all.has(tensor));
  if (hidden.length < hiddenTensors.length) problems.push('a hidden tensor is not listed');
  const needed = new Set([...names, ...groups.map((group) => `${group}/`)].flatMap(groupsOf));
  const missing = [...needed].filter((group) => !groups.includes(group));
  if (missing.length > 0) problems.push(`group "${missing[0]}" is not listed`);
  const named = new Set(Object.values(tensorNames));
  const nameless = [...all].filter((tensor) => !named.has(tensor));
  if (nameless.length > 0) problems.push(`tensor "${nameless[0]}" has no name`);
  if (problems.length > 0) {
    const free = nameless.filter((tensor) => !Object.hasOwn(tensorNames, tensor));
    const right = {
      ...meta,
      tensors: [...all],
      hiddenTensors: hidden,
      groups: [...groups, ...missing],
      tensorNames: { ...tensorNames, ...Object.fromEntries(free.map((tensor) => [tensor, tensor])) },
    };
    await scan.error(
      'dataset-meta',
      key,
      `The lists of the dataset contradict each other: ${problems.join(', ')}.`,
      { commit: id },
      () => ({
        action: 'Corrected the lists of tensors and groups',
        puts: [{ key, bytes: serializeDatasetMeta(right) }],
      }),
    );
  }
  if (named.size < names.length) await scan.error('dataset-meta', key, 'A tensor has two names.', { commit: id });
}

async function checkDatasetDiff(
  scan: Scan,
  id: string,
  own: CommitSummary,
  parent: CommitSummary | undefined,
): Promise<void> {
  const key = datasetDiffKey(id);
  const bytes = await scan.read(key);
  if (!bytes) return;
  // Deep Lake 3.9.52 counts characters where it reads bytes: its own files with other letters are cut short.
  const isCutShort = bytes.some((byte) => byte > 127);
  const changes = (): DatasetDiff => {
    const renamed = new Map<string, string>();
    const deleted: string[] = [];
    for (const [tensor, name] of parent?.names ?? []) {
      if (parent?.hidden.has(tensor)) continue;
      const now = own.names.get(tensor);
      if (now === undefined) deleted.push(name);
      else if (now !== name) renamed.set(name, now);
    }
    return { infoUpdated: own.info !== (parent?.info ?? '{}'), renamed, deleted };
  };
  const fix = () => ({
    action: `Wrote the record of changes of the dataset in commit ${id} again`,
    puts: [{ key, bytes: serializeDatasetDiff(changes()) }],
  });
  try {
    parseDatasetDiff(bytes, key);
  } catch {
    if (isCutShort)
      await scan.warn(
        'dataset-diff',
        key,
        'The record of changes of the dataset counts letters, not bytes.',
        { commit: id },
        fix,
      );
    else await scan.error('dataset-diff', key, 'The record of changes of the dataset is damaged.', { commit: id }, fix);
  }
}
