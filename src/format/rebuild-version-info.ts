import { type CommitNode, newHead } from './commit-node.js';
import { FIRST_COMMIT } from './keys.js';
import { newVersionInfo, type VersionInfo } from './version-info.js';

/**
 * Makes the graph again from the nodes of all `commit_info.json` files that could be found.
 *
 * Only what descends from the root commit is kept. Nodes without a time become heads. A child that has no file becomes
 * a fresh head where its branch would have none, and is forgotten otherwise; a branch that still has no head gets its
 * newest commit. Without the root commit's node the result is {@link newVersionInfo}.
 */
export function rebuildVersionInfo(nodes: ReadonlyMap<string, CommitNode>): VersionInfo {
  if (!nodes.has(FIRST_COMMIT)) return newVersionInfo();
  // Children lists may be out of date, so parents count as well.
  const childrenOf = new Map<string, Set<string>>();
  for (const [id, node] of nodes) childrenOf.set(id, new Set(node.children));
  for (const [id, { parent }] of nodes) if (parent !== null) childrenOf.get(parent)?.add(id);

  const commits = new Map<string, CommitNode>();
  const branches = new Map<string, string>();
  const missing: [id: string, parent: string, branch: string][] = [];
  const newest = new Map<string, string>();
  const queue: [id: string, parent: string | null][] = [[FIRST_COMMIT, null]];
  for (let step = queue.pop(); step; step = queue.pop()) {
    const [id, parent] = step;
    const node = nodes.get(id);
    if (!node || commits.has(id)) continue;
    const present: string[] = [];
    for (const child of childrenOf.get(id) ?? []) {
      const found = nodes.get(child);
      if (!found) missing.push([child, id, node.branch]);
      else if (found.parent === id) present.push(child);
    }
    commits.set(id, { ...node, parent, children: present });
    if (node.time === null) branches.set(node.branch, id);
    else if (node.time > (commits.get(newest.get(node.branch) ?? '')?.time ?? Number.NEGATIVE_INFINITY))
      newest.set(node.branch, id);
    for (const child of present) queue.push([child, id]);
  }
  for (const [id, parent, branch] of missing) {
    const node = commits.get(parent);
    if (!node || branches.has(branch)) continue;
    commits.set(parent, { ...node, children: [...node.children, id] });
    commits.set(id, newHead(branch, parent));
    branches.set(branch, id);
  }
  for (const [branch, id] of newest) if (!branches.has(branch)) branches.set(branch, id);
  return { commits, branches };
}
