/**
 * Reads the expressions of `filter`: the part of Python's that Deep Lake 3.9.52 gives a meaning to. Nothing is evaluated
 * as code.
 *
 * ```
 * expression := and ('or' and)*            comparison := sum (('==' | '!=' | '<' | … | ['not'] 'in') sum)*
 * and        := not ('and' not)*           sum        := product (('+' | '-') product)*
 * not        := 'not' not | comparison     product    := unary (('*' | '/' | '//' | '%') unary)*
 * unary      := '-' unary | power          power      := postfix ['**' unary]
 * postfix    := atom ('[' expression ']' | '.' field | '.contains(' expression ')')*
 * atom       := number | text | True | False | None | tensor | '(' expression ')' | '[' list ']' | '(' list ')'
 * ```
 */
import { type Token, tokenize } from './tokens.js';

/** Operators that compare. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';
/** Operators of numbers. */
export type Arithmetic = '+' | '-' | '*' | '/' | '//' | '%' | '**';
/** What can be asked of a tensor's sample. */
export type Field = 'min' | 'max' | 'mean' | 'shape' | 'size' | 'sample_info';

/** A parsed expression. */
export type Expression =
  | { readonly kind: 'value'; readonly value: number | string | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'tensor'; readonly name: string }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'negate'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'arithmetic';
      readonly operator: Arithmetic;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'item'; readonly of: Expression; readonly at: Expression }
  | { readonly kind: 'field'; readonly of: Expression; readonly field: Field }
  | { readonly kind: 'contains'; readonly of: Expression; readonly what: Expression };

const MAX_LENGTH = 10_000; // characters
const MAX_DEPTH = 100; // of brackets and signs: the reader calls itself

const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);
const fields: ReadonlySet<string> = new Set(['min', 'max', 'mean', 'shape', 'size', 'sample_info']);
const words: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null };
const reserved: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in']);

/**
 * Parses an expression such as `labels == 'cat' and boxes.shape[0] > 2`.
 *
 * @param names - of the tensors that it may speak of; those in groups are written `group.name`.
 * @throws {SyntaxError} naming the place, for what is no expression. @throws {RangeError} for names that are no tensor
 */
export function parseExpression(text: string, names: readonly string[]): Expression {
  if (text.length > MAX_LENGTH)
    throw new SyntaxError(`A filter has at most ${MAX_LENGTH} characters, got ${text.length}.`);
  return new Parser(text, names).parse();
}

/** Names of the tensors that an expression speaks of, each once. */
export function tensorsOf(expression: Expression): string[] {
  const found = new Set<string>();
  const visit = (node: Expression): void => {
    if (node.kind === 'tensor') found.add(node.name);
    if (node.kind === 'list') node.items.forEach(visit);
    if ('of' in node) visit(node.of);
    if ('at' in node) visit(node.at);
    if ('what' in node) visit(node.what);
    if ('left' in node) [node.left, node.right].forEach(visit);
  };
  visit(expression);
  return [...found];
}

class Parser {
  readonly #text: string;
  readonly #names: ReadonlySet<string>;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string, names: readonly string[]) {
    this.#text = text;
    this.#names = new Set(names);
    this.#tokens = tokenize(text);
  }

  parse(): Expression {
    const expression = this.#or();
    if (this.#next < this.#tokens.length) throw this.#unexpected('the end');
    return expression;
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take('or')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#take('and')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    return this.#take('not') ? { kind: 'not', of: this.#deeper(() => this.#not()) } : this.#comparison();
  }

  /** `a < b < c` is `a < b and b < c`. */
  #comparison(): Expression {
    let left = this.#sum();
    let chain: Expression | undefined;
    for (let operator = this.#comparisonOperator(); operator; operator = this.#comparisonOperator()) {
      const right = this.#sum();
      const one: Expression = { kind: 'compare', operator, left, right };
      chain = chain ? { kind: 'and', left: chain, right: one } : one;
      left = right;
    }
    return chain ?? left;
  }

  #comparisonOperator(): Comparison | undefined {
    const token = this.#tokens[this.#next];
    if (token?.kind === 'text' || token?.kind === 'number') return undefined;
    if (token?.text === 'not' && this.#tokens[this.#next + 1]?.text === 'in') {
      this.#next += 2;
      return 'not in';
    }
    if (!token || !comparisons.has(token.text)) return undefined;
    this.#next++;
    return token.text as Comparison;
  }

  #sum(): Expression {
    return this.#binary(['+', '-'], () => this.#product());
  }

  #product(): Expression {
    return this.#binary(['*', '/', '//', '%'], () => this.#unary());
  }

  #binary(operators: readonly Arithmetic[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const operator = operators.find((one) => this.#take(one));
      if (!operator) return left;
      left = { kind: 'arithmetic', operator, left, right: operand() };
    }
  }

  #unary(): Expression {
    return this.#take('-') ? { kind: 'negate', of: this.#deeper(() => this.#unary()) } : this.#power();
  }

  #power(): Expression {
    const left = this.#postfix();
    if (!this.#take('**')) return left;
    return { kind: 'arithmetic', operator: '**', left, right: this.#deeper(() => this.#unary()) };
  }

  #postfix(): Expression {
    let of = this.#atom();
    for (;;) {
      if (this.#take('[')) {
        of = { kind: 'item', of, at: this.#deeper(() => this.#or()) };
        this.#need(']');
      } else if (this.#take('.')) {
        const name = this.#tokens[this.#next++]?.text ?? '';
        if (name === 'contains' && this.#take('(')) {
          of = { kind: 'contains', of, what: this.#deeper(() => this.#or()) };
          this.#need(')');
        } else if (fields.has(name)) of = { kind: 'field', of, field: name as Field };
        else {
          this.#next--;
          throw this.#unexpected(`one of ${[...fields].join(', ')} or contains(…)`);
        }
      } else return of;
    }
  }

  #atom(): Expression {
    const token = this.#tokens[this.#next];
    if (token?.kind === 'number') {
      this.#next++;
      return { kind: 'value', value: Number(token.text) };
    }
    if (token?.kind === 'text') {
      this.#next++;
      return { kind: 'value', value: token.text };
    }
    if (token?.kind === 'name' && !reserved.has(token.text)) return this.#name(token.text);
    if (this.#take('[')) return { kind: 'list', items: this.#items(']') };
    if (this.#take('(')) {
      const first = this.#deeper(() => this.#or());
      if (!this.#take(',')) {
        this.#need(')');
        return first;
      }
      return { kind: 'list', items: [first, ...this.#items(')')] };
    }
    throw this.#unexpected('a tensor, a number, a text or a bracket');
  }

  #items(end: ']' | ')'): Expression[] {
    const items: Expression[] = [];
    while (!this.#take(end)) {
      items.push(this.#deeper(() => this.#or()));
      if (!this.#take(',')) {
        this.#need(end);
        break;
      }
    }
    return items;
  }

  /** A constant, or a tensor by the longest path of names that is one. */
  #name(first: string): Expression {
    const start = this.#next++;
    const constant = Object.hasOwn(words, first) ? words[first] : undefined;
    if (constant !== undefined) return { kind: 'value', value: constant };
    let found = this.#names.has(first) ? { name: first, next: this.#next } : undefined;
    let path = first;
    for (let at = this.#next; this.#tokens[at]?.text === '.' && this.#tokens[at + 1]?.kind === 'name'; at += 2) {
      path += `/${this.#tokens[at + 1]?.text}`;
      if (this.#names.has(path)) found = { name: path, next: at + 2 };
    }
    if (!found) {
      this.#next = start;
      throw new RangeError(
        `A filter speaks of "${first}", which is no tensor. Tensors are ${[...this.#names].join(', ')}.`,
      );
    }
    this.#next = found.next;
    return { kind: 'tensor', name: found.name };
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.text !== text || token.kind === 'text' || token.kind === 'number') return false;
    this.#next++;
    return true;
  }

  #need(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(`"${text}"`);
  }

  #deeper<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxError(`A filter is nested at most ${MAX_DEPTH} deep.`);
    const result = parse();
    this.#depth--;
    return result;
  }

  #unexpected(expected: string): SyntaxError {
    const token = this.#tokens[this.#next];
    const got = token ? `"${token.text}" at character ${token.at + 1}` : 'the end';
    return new SyntaxError(`The filter ${JSON.stringify(this.#text)} has ${got} where ${expected} is expected.`);
  }
}
