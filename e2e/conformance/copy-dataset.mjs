/** Copies a dataset with the library's own writer, through the public API as far as that reaches. */
import { copyTensor, isUnsupported, planCopy, tensorsOf, tryOut } from './copy-tensor.mjs';
import { obstaclesOf, replayHistory } from './replay-history.mjs';

/**
 * Creates a copy of a dataset: tensors with their options, info and samples, the dataset's info, commits and branches.
 *
 * Encoded files are passed on byte for byte; everything else is encoded again. Class labels are copied as numbers, and
 * their names as info. Where history has changes that this version cannot make, only the main head is copied.
 *
 * @param library - the library, built or from source: see library.mjs.
 * @param options - `codecs`, a pool to share; `resolveLink`, which gets the targets of links.
 * @returns names of the tensors of the main head that were copied; a line of text for each thing that was left out; and
 *   `commits`, the id in the copy of each commit of the source, when history was copied.
 */
export async function copyDataset(library, source, target, { codecs, resolveLink } = {}) {
  const shared = { ...(codecs && { codecs }), ...(resolveLink && { resolveLink }) };
  const snapshot = await library.loadSnapshot(source, 'main');
  const from = await library.openDataset(source, shared);
  const to = await library.createDataset(target, {}, shared);
  const scratch = await library.createDataset(library.memoryStore(), {}, shared);
  const leftOut = [];
  const obstacles = await obstaclesOf(library, source, snapshot.versions, to);
  const isReplayed = obstacles.length === 0 && snapshot.versions.commits.size > 1;
  let commits = new Map();
  let copied = [];
  for (const key of await from.credsKeys()) for (const dataset of [to, scratch]) await dataset.addCredsKey(key);
  try {
    const plans = [];
    for (const { name, stored } of await tensorsOf(library, snapshot)) {
      const key = stored.key;
      try {
        const plan = await planCopy(library, from, name, stored, snapshot);
        await tryOut(scratch, name, plan);
        leftOut.push(...plan.losses.map((loss) => `Tensor "${name}": ${loss}`));
        plans.push({ name, key, plan });
        if (!isReplayed) await copyTensor(to, name, plan);
        copied.push(name);
      } catch (error) {
        if (!isUnsupported(library, error)) throw error;
        plans.push({ name, key });
        leftOut.push(`Tensor "${name}" was left out. ${error.message}`);
      }
    }
    if (isReplayed) {
      const skipped = new Set(plans.filter(({ plan }) => !plan).map(({ key }) => key));
      const replayed = await replayHistory(library, source, snapshot.versions, to, { shared, skipped });
      commits = replayed.commits;
      leftOut.push(...replayed.leftOut);
      await to.checkout('main');
      copied = plans.filter(({ key }) => !replayed.skipped.has(key)).map(({ name }) => name);
    } else {
      const info = await from.info.get();
      if (Object.keys(info).length > 0) await to.info.update(info);
    }
    leftOut.push(...(await otherLosses(library, source, snapshot, to, isReplayed ? undefined : obstacles)));
  } finally {
    await Promise.all([from.close(), to.close(), scratch.close()]);
  }
  return { copied, leftOut, commits };
}

/** What a copy through the API lacks besides tensors. */
async function otherLosses(library, source, { versions, meta }, to, obstacles) {
  const losses = [];
  const commits = [...versions.commits.values()].filter((node) => node.time !== null).length;
  const branches = [...versions.branches.keys()].filter((name) => name !== 'main');
  if (obstacles && commits > 0) losses.push(`History was left out: ${commits} commits. ${obstacles.join(' ')}`.trim());
  if (obstacles && branches.length > 0) losses.push(`Branches were left out: ${branches.join(', ')}.`);
  const groups = meta.groups.filter((group) => !to.groups.includes(group));
  if (groups.length > 0) losses.push(`Groups without copied tensors were left out: ${groups.join(', ')}.`);
  if (await source.get(library.queriesKey)) losses.push('Saved views were left out.');
  if (!meta.allowDelete) losses.push('The protection against deletion was left out.');
  return losses;
}
