/** An htype as users spell it, taken apart: `sequence[link[image]]` is an image, a sequence and a link. */
export interface ParsedHtype {
  /** Base htype without `sequence[…]` and `link[…]`; null while undecided. */
  readonly base: string | null;
  readonly isSequence: boolean;
  readonly isLink: boolean;
}

/**
 * Takes an htype name apart.
 *
 * `sequence` alone is a sequence of undecided items; `link[sequence[x]]` and `sequence[link[x]]` are the same.
 * @throws {TypeError} for unbalanced brackets, doubled wrappers and a link to nothing.
 */
export function parseHtype(name: string | null | undefined): ParsedHtype {
  let rest = name ?? '';
  let isSequence = false;
  let isLink = false;
  for (;;) {
    const wrapper = /^(sequence|link)(?:\[(.*)\])?$/.exec(rest);
    if (!wrapper) break;
    if (wrapper[1] === 'sequence' ? isSequence : isLink)
      throw new TypeError(`htype "${name}": ${wrapper[1]} may stand only once`);
    if (wrapper[1] === 'sequence') isSequence = true;
    else isLink = true;
    rest = wrapper[2] ?? '';
  }
  if (/[[\]]/.test(rest))
    throw new TypeError(`htype "${name}": unknown form; use "x", "sequence[x]", "link[x]" or "sequence[link[x]]"`);
  if (isLink && (rest === '' || rest === 'generic'))
    throw new TypeError(`htype "${name}": a link names what it points to, such as "link[image]"`);
  if (isSequence && rest === 'tag')
    throw new TypeError(`htype "${name}": the format has no sequences of tags; use "list" or "tag"`);
  return { base: rest === '' ? null : rest, isSequence, isLink };
}

/** Puts a name together again, in the original's spelling. */
export function formatHtype({ base, isSequence, isLink }: ParsedHtype): string | null {
  if (!isSequence && !isLink) return base;
  const inner = isSequence ? `sequence[${base ?? 'None'}]` : `${base ?? 'None'}`;
  return isLink ? `link[${inner}]` : inner;
}
