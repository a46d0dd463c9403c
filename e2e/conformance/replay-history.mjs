/** Makes the commits and branches of a dataset again in another one, through the public API. */
import { appendRows, copyTensor, isUnsupported, planCopy, tensorsOf } from './copy-tensor.mjs';

/** Nodes of the graph that hold a state, each after the one that it comes from. What a reset gave up is left out. */
function nodesOf(versions) {
  const heads = new Set(versions.branches.values());
  const order = [];
  const queue = [...versions.commits.keys()].filter((id) => versions.commits.get(id).parent === null);
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const node = versions.commits.get(id);
    if (!node || (node.time === null && !heads.has(id))) continue;
    order.push({ id, ...node });
    queue.push(...node.children);
  }
  return order;
}

/**
 * Sentences on what history holds that the library cannot do (yet): each is looked for among the library's methods, so
 * that it is replayed as soon as it can be.
 */
export async function obstaclesOf(library, source, versions, to) {
  const { Tensor } = library;
  const obstacles = [];
  for (const { id } of nodesOf(versions)) {
    if (id === library.FIRST_COMMIT) continue; // its state is copied as it is
    const changes = await library.readChanges(source, versions, id);
    const say = (what) => obstacles.push(`Commit ${id} ${what}, which this version cannot do.`);
    if (Object.keys(changes.renamed).length > 0 && !to.renameTensor) say('renames tensors');
    if (changes.deleted.length > 0 && !to.deleteTensor) say('deletes tensors');
    for (const [name, { created, cleared, removed }] of Object.entries(changes.tensors)) {
      if (created) continue;
      if (removed.length > 0 && !Tensor.prototype.pop) say(`removes rows of "${name}"`);
      if (cleared && !Tensor.prototype.clear) say(`clears "${name}"`);
    }
  }
  return obstacles;
}

/**
 * Makes every commit again, with its message, its author and what it changed; branches begin where they did; changes
 * that are not committed come last, in the heads.
 *
 * @param options - `shared`, how the source is opened; `skipped`, keys of tensors that cannot be written.
 * @returns `commits`, ids in the copy by those of the source; `leftOut`, a line of text for each thing that is lacking;
 *   `skipped`, keys of the tensors that lack something.
 */
export async function replayHistory(library, source, versions, to, { shared, skipped }) {
  const commits = new Map();
  const context = { library, source, to, shared, skipped: new Set(skipped), leftOut: [] };
  for (const node of nodesOf(versions)) {
    if (node.parent !== null) {
      if (to.branches.includes(node.branch)) await to.checkout(node.branch);
      else {
        await to.checkout(commits.get(node.parent));
        await to.checkout(node.branch, { create: true });
      }
    }
    await applyState(context, versions, node);
    if (node.time === null) continue;
    const message = node.message ?? undefined;
    commits.set(node.id, await to.commit(message, { author: node.author ?? undefined, allowEmpty: true }));
  }
  await to.flush();
  return { commits, leftOut: context.leftOut, skipped: context.skipped };
}

/** Brings the open head of the copy to a state of the source. */
async function applyState(context, versions, { id }) {
  const { library, source, to, shared } = context;
  const snapshot = await library.loadSnapshot(source, id);
  const changes = await library.readChanges(source, versions, id);
  const from = await library.openDataset(source, { ...shared, at: id });
  try {
    const tensors = await tensorsOf(library, snapshot);
    if (id !== library.FIRST_COMMIT) await applyNames(to, changes, new Set(tensors.map(({ name }) => name)));
    for (const { name, stored } of tensors) {
      if (context.skipped.has(stored.key)) continue;
      try {
        const plan = await planCopy(library, from, name, stored, snapshot);
        await applyTensor(to, name, plan, changes.tensors[name]);
      } catch (error) {
        if (!isUnsupported(library, error)) throw error;
        context.skipped.add(stored.key);
        context.leftOut.push(`Tensor "${name}" was left out from commit ${id} on. ${error.message}`);
      }
    }
    const info = await from.info.get();
    if (changes.infoUpdated && Object.keys(info).length > 0) await to.info.update(info);
  } finally {
    await from.close();
  }
}

/** Renames and deletes tensors. What was created under an old name in the same commit has the new one already. */
async function applyNames(to, { renamed, deleted }, names) {
  for (const [old, name] of Object.entries(renamed)) if (to.tensors.includes(old)) await to.renameTensor(old, name);
  for (const name of deleted) if (to.tensors.includes(name) && !names.has(name)) await to.deleteTensor(name);
}

/** Makes the changes of one commit in one tensor. */
async function applyTensor(to, name, plan, changes) {
  const tensor = await findTensor(to, name);
  if (!tensor) return copyTensor(to, name, plan);
  if (changes?.cleared) await tensor.clear();
  else if (changes?.removed.length > 0) await tensor.pop(changes.removed);
  if (changes?.infoUpdated) await tensor.info.update(plan.info); // before rows with new class names
  const before = tensor.length;
  for (const row of changes?.updated ?? []) if (row < before) await tensor.set(row, await plan.input(row));
  await appendRows(tensor, plan, before);
}

/** A tensor by name, hidden ones included. */
async function findTensor(to, name) {
  if (to.tensors.includes(name)) return to.tensor(name);
  try {
    return await to.loadTensor(name);
  } catch {
    return undefined;
  }
}
