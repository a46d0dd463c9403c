/** Drafts of tensors that are not stored yet. */
import { newCommitDiff } from '../format/commit-diff.js';
import { newCreds } from '../format/creds.js';
import type { JsonObject } from '../format/json.js';
import { FIRST_COMMIT } from '../format/keys.js';
import { newSequences } from '../format/sequences.js';
import type { StoredTensor } from './stored-tensor.js';
import { TensorDraft } from './tensor-draft.js';

/** Makes the draft of a new tensor without samples. @param commit - head that gets it */
export function newTensorDraft(commit: string, stored: StoredTensor, info: JsonObject = {}): TensorDraft {
  const { isSequence, isLink } = stored.meta;
  return new TensorDraft({
    commit,
    stored,
    info,
    diff: { ...newCommitDiff(true, 0), infoUpdated: Object.keys(info).length > 0 },
    ids: { ids: [], lasts: [] },
    tiles: new Map(),
    sequences: isSequence ? newSequences() : undefined,
    creds: isLink ? newCreds() : undefined,
    chunkSet: commit === FIRST_COMMIT ? undefined : new Map(),
    open: undefined,
    isNew: true,
    newId: randomId,
  });
}

/** A random chunk id of 64 bits. */
export function randomId(): bigint {
  return crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
}
