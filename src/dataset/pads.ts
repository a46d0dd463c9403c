/** The record of samples that are padding (`spec` §3.7). Merges of Deep Lake read it; nothing else does. */
import { type Splice, stretches } from '../chunk/splice.js';
import type { TensorDraft } from '../chunk/tensor-draft.js';
import type { Span } from '../format/byte-positions.js';
import { padsKey } from '../format/keys.js';
import { parsePads } from '../format/pads.js';

/** Reads which samples are padding, once, so that {@link splicePads} can keep the record true. */
export async function loadPads(draft: TensorDraft): Promise<void> {
  if (draft.pads) return;
  const key = padsKey(draft.commit, draft.key);
  const bytes = await draft.stored.from.store.get(key);
  draft.pads = bytes && bytes.length > 0 ? parsePads(bytes, key) : [];
}

/** Moves the record along with splices of rows: what is put in is no padding. */
export function splicePads(draft: TensorDraft, splices: readonly Splice<unknown>[], length: number): void {
  const { pads = [] } = draft;
  if (pads.length === 0) return;
  const moved: Span[] = [];
  let at = 0;
  for (const stretch of stretches(splices, length)) {
    if ('items' in stretch) {
      at += stretch.items.length;
      continue;
    }
    const { start, end } = stretch;
    for (const pad of pads) {
      const from = Math.max(pad.start, start);
      const to = Math.min(pad.end, end);
      if (from < to) addSpan(moved, { start: from - start + at, end: to - start + at });
    }
    at += end - start;
  }
  draft.setPads(moved);
}

/** Records that samples are padding. */
export function addPads(draft: TensorDraft, span: Span): void {
  const pads = [...(draft.pads ?? [])];
  addSpan(pads, span);
  draft.setPads(pads);
}

function addSpan(spans: Span[], { start, end }: Span): void {
  const last = spans.at(-1);
  if (last?.end === start) spans[spans.length - 1] = { start: last.start, end };
  else spans.push({ start, end });
}
