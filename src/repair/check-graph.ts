/** Checks the commit graph and the copies of its nodes (`spec` §2.4, §2.5, §7). */

import { parseCommitInfo, serializeCommitInfo } from '../format/commit-info.js';
import { type CommitNode, newHead } from '../format/commit-node.js';
import { parseDatasetMeta } from '../format/dataset-meta.js';
import { commitInfoKey, commitPrefix, datasetMetaKey, FIRST_COMMIT, versionInfoKey } from '../format/keys.js';
import { rebuildVersionInfo } from '../format/rebuild-version-info.js';
import { newVersionInfo, parseVersionInfo, serializeVersionInfo, type VersionInfo } from '../format/version-info.js';
import type { Put } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import { copyHead } from '../version/copy-head.js';
import { newCommitId } from '../version/plan-history.js';
import { isDamage, messageOf, type Scan } from './scan.js';

/** Reads the graph, rebuilt where it is damaged, and reports what is wrong with it. */
export async function checkGraph(scan: Scan): Promise<VersionInfo> {
  const bytes = await scan.read(versionInfoKey);
  const parsed = bytes && tryParse(bytes);
  if (!parsed || typeof parsed === 'string') {
    const rebuilt = await collectGraph(scan);
    const fix =
      rebuilt &&
      (() => ({
        action: `Rebuilt the commit graph of ${rebuilt.commits.size} commits from their own records`,
        puts: [{ key: versionInfoKey, bytes: serializeVersionInfo(rebuilt) }],
      }));
    const code = parsed === undefined ? 'graph-missing' : 'graph-damaged';
    await scan.error(code, versionInfoKey, parsed ?? 'The commit graph is missing.', {}, fix);
    return rebuilt ?? newVersionInfo();
  }
  const right = new Map<string, CommitNode>();
  for (const [id, node] of parsed.commits) right.set(id, await checkNode(scan, parsed, id, node));
  for (const [branch, head] of parsed.branches) await checkBranch(scan, parsed, branch, head);
  const versions = { commits: right, branches: parsed.branches };
  for (const [id, node] of right) await checkCopy(scan, versions, id, node);
  return versions;
}

function tryParse(bytes: Bytes): VersionInfo | string {
  try {
    return parseVersionInfo(bytes, versionInfoKey);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return messageOf(error);
  }
}

/** The graph from `commit_info.json` files; undefined when commits would be lost without a word. */
async function collectGraph(scan: Scan): Promise<VersionInfo | undefined> {
  const nodes = new Map<string, CommitNode>();
  const listed = scan.under('versions/').map((key) => key.split('/')[1] ?? '');
  const queue = [FIRST_COMMIT, ...new Set(listed)];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (nodes.has(id)) continue;
    const key = commitInfoKey(id);
    const bytes = await scan.read(key);
    if (!bytes) continue;
    try {
      const node = parseCommitInfo(bytes, key);
      nodes.set(id, node);
      queue.push(...node.children.filter((child) => !nodes.has(child)));
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
  if (!nodes.has(FIRST_COMMIT) && (nodes.size > 0 || listed.length > 0)) return undefined;
  const versions = rebuildVersionInfo(nodes);
  const folders = new Set(listed);
  // A folder of a commit that has lost its record would be out of reach.
  for (const id of folders) if (!versions.commits.has(id) && scan.keys?.has(datasetMetaKey(id))) return undefined;
  return versions;
}

function write(versions: VersionInfo, changes: readonly (readonly [string, CommitNode])[]): Put[] {
  const commits = new Map([...versions.commits, ...changes]);
  return [{ key: versionInfoKey, bytes: serializeVersionInfo({ ...versions, commits }) }];
}

/** Checks a node against its neighbours; returns it with the right neighbours. */
async function checkNode(scan: Scan, versions: VersionInfo, id: string, node: CommitNode): Promise<CommitNode> {
  const { commits } = versions;
  const place = { commit: id };
  let right = node;
  if (id === FIRST_COMMIT && node.parent !== null) right = { ...right, parent: null };
  if (id !== FIRST_COMMIT && node.parent === null) {
    const parents = [...commits].filter(([, { children }]) => children.includes(id)).map(([parent]) => parent);
    const [parent] = parents;
    if (parents.length === 1 && parent !== undefined && parent !== id) right = { ...right, parent };
    else await scan.error('graph-inconsistent', versionInfoKey, `Commit ${id} has no parent.`, place);
  }
  // The parent that a commit names counts: a commit has one, while lists of children go out of date.
  const children = [...commits].filter(([, { parent }]) => parent === id).map(([child]) => child);
  const orphans = node.children.filter((child) => commits.get(child)?.parent === null && child !== FIRST_COMMIT);
  const all = new Set([...node.children.filter((child) => children.includes(child)), ...children, ...orphans]);
  if (all.size !== node.children.length || node.children.some((child) => !all.has(child)))
    right = { ...right, children: [...all] };
  if (right !== node) {
    const message = `Commit ${id} and its neighbours disagree about who follows whom.`;
    await scan.error('graph-inconsistent', versionInfoKey, message, place, () => ({
      action: `Corrected the parent and children of commit ${id}`,
      puts: write(versions, [[id, right]]),
    }));
  }
  if (right.time === null && right.children.length > 0) {
    const message = `Commit ${id} has others after it but no time, as if it were the head of a branch.`;
    await scan.error('graph-inconsistent', versionInfoKey, message, place);
  }
  return right;
}

async function checkBranch(scan: Scan, versions: VersionInfo, branch: string, head: string): Promise<void> {
  const node = versions.commits.get(head);
  if (!node) return; // the parser has refused it
  const place = { commit: head };
  if (node.branch !== branch) {
    const message = `The head of branch "${branch}" is a commit of branch "${node.branch}".`;
    await scan.error('graph-inconsistent', versionInfoKey, message, place);
  } else if (node.time !== null) {
    const message = `The head of branch "${branch}" is a commit that cannot be written any more.`;
    const next = newCommitId();
    const copies = await headFiles(scan, head, next);
    const commits = new Map(versions.commits)
      .set(head, { ...node, children: [...node.children, next] })
      .set(next, newHead(branch, head));
    const graph = { commits, branches: new Map(versions.branches).set(branch, next) };
    const fix =
      copies &&
      (() => ({
        action: `Began a new head of branch "${branch}" after commit ${head}`,
        puts: [...copies, { key: versionInfoKey, bytes: serializeVersionInfo(graph) }],
      }));
    await scan.error('graph-inconsistent', versionInfoKey, message, place, fix);
  }
}

/** The files of a new head after a commit; undefined when that commit cannot be read. */
async function headFiles(scan: Scan, from: string, to: string): Promise<Put[] | undefined> {
  const key = datasetMetaKey(from);
  const bytes = await scan.read(key);
  if (!bytes) return undefined;
  try {
    return await copyHead(scan.store, parseDatasetMeta(bytes, key), from, to);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

/** Checks that a commit has its folder, and that its own record agrees with the graph. */
async function checkCopy(scan: Scan, versions: VersionInfo, id: string, node: CommitNode): Promise<void> {
  const place = { commit: id };
  const isHead = versions.branches.get(node.branch) === id;
  const isLoose = node.time === null && node.children.length === 0 && !isHead;
  const metaKey = datasetMetaKey(id);
  if (!(await scan.has(metaKey))) {
    if (id === FIRST_COMMIT) return; // told as a dataset that is missing
    if (isLoose) {
      const message = `Head ${id} is left over: no branch ends in it (normal after a reset).`;
      await scan.warn('graph-inconsistent', versionInfoKey, message, place);
      return;
    }
    const { parent } = node;
    const rest = scan.under(commitPrefix(id)).filter((key) => !/(commit_info\.json|\.lock)$/.test(key));
    const isFree = isHead && node.time === null && parent !== null && scan.keys !== undefined && rest.length === 0;
    const message = `The ${isHead ? `head of branch "${node.branch}"` : 'commit'} has no files. Restore them from a copy.`;
    const files = isFree ? await headFiles(scan, parent, id) : undefined;
    const fix =
      files &&
      (() => ({ action: `Began the head of branch "${node.branch}" again from its last commit`, puts: files }));
    await scan.error('commit-missing', metaKey, message, place, fix);
    return;
  }
  if (isLoose) {
    const message = `Head ${id} has files, but no branch ends in it. Decide which head of "${node.branch}" counts.`;
    await scan.warn('graph-inconsistent', versionInfoKey, message, place);
  }
  const key = commitInfoKey(id);
  const fix = () => ({
    action: `Wrote the record of commit ${id} again`,
    puts: [{ key, bytes: serializeCommitInfo(node) }],
  });
  const copy = await scan.parsed('commit-info', key, parseCommitInfo, place, fix);
  if (copy === 'damaged') return;
  if (copy === undefined) {
    if (versions.commits.size > 1)
      await scan.error('commit-info', key, 'The record of the commit is missing.', place, fix);
    return;
  }
  const sameChildren =
    copy.children.length === node.children.length && copy.children.every((c) => node.children.includes(c));
  const same =
    copy.branch === node.branch &&
    copy.parent === node.parent &&
    copy.message === node.message &&
    copy.time === node.time &&
    copy.author === node.author;
  if (same && sameChildren) return;
  const report = same ? scan.warn : scan.error; // children go out of date at each reset of Deep Lake 3.9.52
  await report.call(scan, 'commit-info', key, 'The record of the commit differs from the commit graph.', place, fix);
}
