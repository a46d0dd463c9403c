/** The stored head of an open dataset, and changes of it that are stored at once. */
import type { StoredTensor } from '../chunk/stored-tensor.js';
import { DatasetError } from '../errors.js';
import { newCommitDiff, parseCommitDiff, serializeCommitDiff } from '../format/commit-diff.js';
import { type DatasetDiff, emptyDatasetDiff, parseDatasetDiff, serializeDatasetDiff } from '../format/dataset-diff.js';
import { type DatasetMeta, serializeDatasetMeta } from '../format/dataset-meta.js';
import { commitDiffKey, datasetDiffKey, datasetMetaKey, FIRST_COMMIT, tensorMetaKey } from '../format/keys.js';
import { serializeTensorMeta, type TensorMeta } from '../format/tensor-meta.js';
import type { Put } from '../store/types.js';
import { loadStoredTensor } from '../version/snapshot.js';
import { change, moveTo } from './history.js';
import { readOnly, type Session } from './session.js';

/** What a dataset lends to these functions. */
export interface Managed {
  readonly session: Session;
  /** Handles that were made, by name. */
  readonly handles: Map<string, unknown>;
  /** Names of tensors whose class names are closed. */
  readonly closedNames: Set<string>;
}

/** What is to be stored: files, the dataset's metadata and record, and files that nothing needs any more. */
export interface Plan {
  readonly puts?: readonly Put[];
  readonly meta?: DatasetMeta;
  readonly diff?: DatasetDiff;
  readonly deletions?: readonly Put[];
  /** Called once it is stored. */
  readonly settle?: () => void;
}

/** The stored head. */
export class Head {
  readonly session: Session;
  readonly commit: string;
  readonly meta: DatasetMeta;
  readonly diff: DatasetDiff;

  constructor(session: Session, diff: DatasetDiff) {
    this.session = session;
    this.commit = session.snapshot.commit;
    this.meta = session.meta;
    this.diff = diff;
  }

  /** A tensor as it is stored now. */
  load(key: string): Promise<StoredTensor> {
    return loadStoredTensor(this.session.snapshot.source, key);
  }

  /** Key of a tensor by name. @throws {DatasetError} `not-found` */
  keyOf(name: string): string {
    const key = this.session.keyOf(name);
    if (key !== undefined) return key;
    throw notFound('tensor', name, this.session.visibleNames());
  }

  /** Name of a tensor by key. */
  nameOf(key: string): string {
    return Object.entries(this.meta.tensorNames).find(([, other]) => other === key)?.[0] ?? key;
  }

  isHidden(key: string): boolean {
    return this.meta.hiddenTensors.includes(key);
  }

  /** Whether a tensor was created after the last commit, so that no record needs to tell of it. */
  async isNew(key: string): Promise<boolean> {
    if (this.commit === FIRST_COMMIT) return true;
    const at = commitDiffKey(this.commit, key);
    const bytes = await this.session.store.get(at);
    return bytes !== undefined && parseCommitDiff(bytes, at).created;
  }

  /** A record that makes a tensor count as changed; none where there is one already. */
  async touch(key: string, infoUpdated = false): Promise<Put[]> {
    const at = commitDiffKey(this.commit, key);
    const bytes = await this.session.store.get(at);
    const diff = bytes ? parseCommitDiff(bytes, at) : newCommitDiff(false, (await this.load(key)).length);
    if (bytes && (diff.infoUpdated || !infoUpdated)) return [];
    return [{ key: at, bytes: serializeCommitDiff({ ...diff, infoUpdated: diff.infoUpdated || infoUpdated }) }];
  }

  putMeta(key: string, meta: TensorMeta): Put {
    return { key: tensorMetaKey(this.commit, key), bytes: serializeTensorMeta(meta) };
  }

  /** The hidden tensors that follow one, and those that follow them. */
  async companionsOf(key: string): Promise<string[]> {
    const found = new Set<string>();
    const visit = async (at: string): Promise<void> => {
      for (const companion of Object.keys((await this.load(at)).meta.links)) {
        if (found.has(companion) || companion === key || !this.meta.tensors.includes(companion)) continue;
        found.add(companion);
        await visit(companion);
      }
    };
    await visit(key);
    return [...found];
  }

  /** @throws {RangeError} for the hidden companion of another tensor, which follows that one. */
  async assertOwn(name: string, key: string): Promise<void> {
    if (!this.isHidden(key)) return;
    for (const other of this.meta.tensors) {
      if (other === key || !Object.hasOwn((await this.load(other)).meta.links, key)) continue;
      throw new RangeError(
        `Tensor "${name}" is a hidden companion of "${this.nameOf(other)}" and changes with it only.`,
      );
    }
  }
}

/** Runs one change of the stored head after all others are stored. It is stored at once, deletions last. */
export async function changeHead(managed: Managed, plan: (head: Head) => Promise<Plan>): Promise<void> {
  const { session, handles } = managed;
  await change(session, async () => {
    const { snapshot, store } = session;
    const { commit } = snapshot;
    if (!snapshot.isHead) throw readOnly(store, commit);
    const diffKey = datasetDiffKey(commit);
    const bytes = await store.get(diffKey);
    const {
      puts = [],
      meta,
      diff,
      deletions = [],
      settle,
    } = await plan(new Head(session, bytes ? parseDatasetDiff(bytes, diffKey) : emptyDatasetDiff()));
    const dataset: Put[] = meta ? [{ key: datasetMetaKey(commit), bytes: serializeDatasetMeta(meta) }] : [];
    if (diff) dataset.push({ key: diffKey, bytes: serializeDatasetDiff(diff) });
    if (puts.length + dataset.length === 0) return;
    const all = [...puts, ...dataset, ...deletions];
    await (session.recorder?.write(all, true) ?? store.write?.(all));
    settle?.();
    await moveTo(session, snapshot.branch);
  });
  handles.clear();
}

/** The error of a name that nothing has. */
export function notFound(what: 'tensor' | 'group', name: string, names: readonly string[]): DatasetError<'not-found'> {
  const list = `There is no ${what} "${name}". There are ${names.join(', ') || 'none yet'}.`;
  return new DatasetError('not-found', list, { what, name });
}
