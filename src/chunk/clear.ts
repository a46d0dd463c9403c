import { recordClear } from '../format/commit-diff.js';
import { newCreds } from '../format/creds.js';
import { newSequences } from '../format/sequences.js';
import { Extent } from './extent.js';
import { Layout } from './layout.js';
import { storageForm } from './limits.js';
import type { TensorDraft } from './tensor-draft.js';

/** Removes all samples of a tensor and the rows of its companions. The info stays, unlike in Deep Lake 3.9.52. */
export function clearTensor(draft: TensorDraft): void {
  const { meta } = draft;
  draft.rearrange(
    { layout: new Layout(storageForm(meta), draft.newId, undefined), tiles: new Map() },
    {
      extent: new Extent(meta),
      sequences: draft.sequences && newSequences(),
      creds: draft.creds() && newCreds(),
    },
  );
  draft.changeRecord((diff) => ({ ...recordClear(diff), infoUpdated: diff.infoUpdated }));
  for (const { draft: companion } of draft.companions) clearTensor(companion);
}
