/** A word, number, text or sign of an expression. */
export interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'sign';
  /** As written; of texts what is between the quotes, with escapes resolved. */
  readonly text: string;
  /** Position of its first character. */
  readonly at: number;
}

// In this order: longer signs before those that they begin with.
const patterns: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['number', /(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['name', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['text', /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y],
  ['sign', /\*\*|\/\/|==|!=|<=|>=|[-+*/%<>()[\],.]/y],
];

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** Splits an expression. @throws {SyntaxError} at a character that begins nothing */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const found = match(text, at);
    if (!found) {
      throw new SyntaxError(
        `The filter ${JSON.stringify(text)} has ${JSON.stringify(text[at])} at character ${at + 1}, which begins nothing.`,
      );
    }
    if (found.kind !== 'space') tokens.push({ kind: found.kind, text: contentOf(found.kind, found.raw), at });
    at += found.raw.length;
  }
  return tokens;
}

function match(text: string, at: number): { readonly kind: Token['kind'] | 'space'; readonly raw: string } | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const raw = pattern.exec(text)?.[0];
    if (raw) return { kind, raw };
  }
  return undefined;
}

function contentOf(kind: Token['kind'], raw: string): string {
  if (kind === 'number') return raw.replaceAll('_', '');
  if (kind !== 'text') return raw;
  return raw.slice(1, -1).replace(/\\(.)/g, (_, sign: string) => escapes[sign] ?? sign);
}
