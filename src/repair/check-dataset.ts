/** Checks one dataset, with the saved views that lie in it. */
import { parseInfo } from '../format/info.js';
import {
  datasetInfoKey,
  datasetLockKey,
  datasetMetaKey,
  FIRST_COMMIT,
  linkedCredsKey,
  queriesKey,
} from '../format/keys.js';
import { parseLinkedCreds } from '../format/linked-creds.js';
import { parseLock } from '../format/lock.js';
import { parseQueries } from '../format/queries.js';
import type { VersionInfo } from '../format/version-info.js';
import { checkCommit, type Shared } from './check-commit.js';
import { checkGraph } from './check-graph.js';
import { isDamage, messageOf, type Scan } from './scan.js';

/** Checks a dataset. @param orphans - what is done with files that nothing refers to. */
export async function checkDataset(scan: Scan, orphans: 'keep' | 'delete'): Promise<void> {
  const metaKey = datasetMetaKey(FIRST_COMMIT);
  if (!(await scan.has(metaKey))) {
    await scan.error('dataset-missing', metaKey, 'There is no dataset here, or its metadata is lost.');
  }
  const versions = await checkGraph(scan);
  const creds = await scan.parsed('creds', linkedCredsKey, parseLinkedCreds, {});
  const shared: Shared = {
    credsKeys: typeof creds === 'object' ? creds.credsKeys.length : creds === 'damaged' ? Infinity : 0,
    versions,
    summaries: new Map(),
    chunkSets: new Map(),
    results: new Map(),
    compared: new Map(),
  };
  for (const id of parentsFirst(versions)) if (await scan.has(datasetMetaKey(id))) await checkCommit(scan, shared, id);
  await checkViews(scan, versions, orphans);
  await checkLeftovers(scan, versions, orphans);
}

function parentsFirst(versions: VersionInfo): string[] {
  const children = new Map<string | null, string[]>();
  for (const [id, { parent }] of versions.commits) {
    const list = children.get(parent);
    if (list) list.push(id);
    else children.set(parent, [id]);
  }
  const order = [...(children.get(null) ?? [])];
  for (const id of order) order.push(...(children.get(id) ?? [])); // grows while it is walked; parents lead in no circle
  return order;
}

async function checkViews(scan: Scan, versions: VersionInfo, orphans: 'keep' | 'delete'): Promise<void> {
  const views = await scan.parsed('view', queriesKey, parseQueries, {});
  const folders = new Set<string>();
  for (const view of typeof views === 'object' ? views : []) {
    const folder = `.queries/${view.path ?? view.id}/`;
    folders.add(folder);
    const { sourceVersion } = view;
    if (sourceVersion === null || !versions.commits.has(sourceVersion))
      await scan.error('view', queriesKey, `View "${view.id}" is of commit ${sourceVersion}, which does not exist.`);
    if (!(await scan.has(`${folder}${datasetMetaKey(FIRST_COMMIT)}`))) {
      await scan.error('view', folder, `The dataset of view "${view.id}" is missing.`);
      continue;
    }
    const inside = scan.inside(folder);
    await checkDataset(inside, orphans);
    if (view.isVirtual) await inside.parsed('view', datasetInfoKey(FIRST_COMMIT), parseInfo, {});
  }
  const found = new Set(scan.under('.queries/').map((key) => `.queries/${key.split('/')[1] ?? ''}/`));
  for (const folder of found)
    if (!folders.has(folder)) await scan.warn('view', folder, 'A saved view that is in no list of views.');
  for (const key of scan.under('.queries/')) scan.known.add(key);
}

async function checkLeftovers(scan: Scan, versions: VersionInfo, orphans: 'keep' | 'delete'): Promise<void> {
  const heads = [...versions.branches.values()].map(datasetLockKey);
  const locks = new Set(
    [...(scan.keys ?? []), ...heads, 'version_control_info.lock', 'queries.lock'].filter(
      (key) => key.endsWith('.lock') && !key.startsWith('.queries/'),
    ),
  );
  for (const key of locks) if (await scan.has(key)) await checkLock(scan, key);
  scan.known.add('version_control_info');
  for (const key of scan.keys ?? []) {
    if (scan.known.has(key)) continue;
    const [first, commit = ''] = key.split('/');
    const isCommit = first !== 'versions' || versions.commits.has(commit);
    const isChunk = /(^|\/)chunks\/[^/]+$/.test(key);
    const message = !isCommit
      ? 'A file of a commit that is not in the commit graph.'
      : isChunk
        ? 'A chunk that no index refers to.'
        : 'A file that nothing refers to.';
    // Only what the format would have there is deleted: other files may be the user's own.
    const isOurs =
      isChunk ||
      /(^|\/)(tensor_meta\.json|tensor_info\.json|commit_diff|[a-z]+_index\/unsharded)$/.test(key) ||
      !isCommit;
    // While anything cannot be read, what looks lost may be needed.
    const isSafe = isOurs && scan.task.findings.every(({ level }) => level !== 'error') && scan.task.omitted === 0;
    const fix = () => ({ action: `Deleted ${key}`, puts: [{ key, bytes: null }] });
    await scan.warn('orphan', key, message, {}, orphans === 'delete' && isSafe ? fix : undefined);
  }
}

async function checkLock(scan: Scan, key: string): Promise<void> {
  const bytes = await scan.read(key);
  if (!bytes) return;
  const fix = () => ({ action: `Removed the lock ${key}`, puts: [{ key, bytes: null }] });
  try {
    const lock = parseLock(bytes, key);
    if (!lock) return;
    const left = lock.expiry - scan.task.now;
    if (left > 0)
      await scan.warn('lock', key, `The dataset is being written; the lock is valid for ${Math.ceil(left)} seconds.`);
    else await scan.warn('lock', key, 'The lock has expired: its owner did not close the dataset.', {}, fix);
  } catch (error) {
    if (!isDamage(error)) throw error;
    await scan.error('lock', key, `The lock is damaged: ${messageOf(error)}`, {}, fix);
  }
}
