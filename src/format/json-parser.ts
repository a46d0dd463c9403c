import { corrupt } from '../util/byte-reader.js';
import type { JsonObject, JsonValue } from './json.js';

/** Levels of nesting: deep enough for any document made by hand, shallow enough for the stack of a worker. */
export const MAX_DEPTH = 512;

// Python 3.11 refuses to read longer integers, too.
const MAX_DIGITS = 4300;

/** Whether brackets are nested deeper than {@link MAX_DEPTH}. */
export function isDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at) | 0x20; // [ and {, ] and } differ in this bit only
    if (code === 0x7b && ++depth > MAX_DEPTH) return true;
    if (code === 0x7d) depth--;
    if (text.charCodeAt(at) === 0x22) at = stringEnd(text, at);
  }
  return false;
}

/** Position of the quote that ends the string which starts at `at`; the end of the text when there is none. */
function stringEnd(text: string, at: number): number {
  for (let end = at; ; ) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let slashes = end;
    while (text[slashes - 1] === '\\') slashes--;
    if ((end - slashes) % 2 === 0) return end;
  }
}

/**
 * Reads what the platform's parser cannot: NaN, infinities and integers of any size.
 *
 * Slower, but with the same grammar otherwise, and its errors tell the position.
 */
export class JsonParser {
  readonly #text: string;
  readonly #key: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, key: string) {
    this.#text = text;
    this.#key = key;
  }

  /** The value that the whole text is. @throws {DatasetError} `corrupt` with the position. */
  document(): JsonValue {
    const value = this.#value();
    if (this.#peek() !== '') this.#fail('the end');
    return value;
  }

  #fail(expected: string): never {
    throw corrupt(
      this.#key,
      `JSON at position ${this.#at}`,
      expected,
      JSON.stringify(this.#text.slice(this.#at, this.#at + 20)),
    );
  }

  /** Skips white space and returns the next character. */
  #peek(): string {
    const space = /[ \t\n\r]*/y;
    space.lastIndex = this.#at;
    space.test(this.#text);
    this.#at = space.lastIndex;
    return this.#text.charAt(this.#at);
  }

  #value(): JsonValue {
    const next = this.#peek();
    if (next === '"') return this.#string();
    if (next === '{' || next === '[') {
      if (++this.#depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels`);
      const value = next === '{' ? this.#object() : this.#array();
      this.#depth--;
      return value;
    }
    const token = /-?(?:Infinity|(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)|NaN|true|false|null/y;
    token.lastIndex = this.#at;
    const match = token.exec(this.#text);
    if (!match) this.#fail('a value');
    const [word, fraction, exponent] = match;
    const number = Number(word); // NaN for the words, Infinity for Infinity
    const integer = /\d$/.test(word) && fraction === undefined && exponent === undefined;
    if (integer && word.length > MAX_DIGITS) this.#fail(`an integer of at most ${MAX_DIGITS} digits`);
    this.#at = token.lastIndex;
    if (word === 'null') return null;
    if (word === 'true' || word === 'false') return word === 'true';
    return integer && !Number.isSafeInteger(number) ? BigInt(word) : number;
  }

  #string(): string {
    const end = stringEnd(this.#text, this.#at) + 1;
    try {
      const value = JSON.parse(this.#text.slice(this.#at, end)) as string;
      this.#at = end;
      return value;
    } catch {
      return this.#fail('a string');
    }
  }

  /** Reads what lies between brackets, separated by commas, and steps over the closing one. */
  #items(close: string, item: () => void): void {
    this.#at++;
    if (this.#peek() !== close) {
      do item();
      while (this.#peek() === ',' && ++this.#at);
    }
    if (this.#peek() !== close) this.#fail(`, or ${close}`);
    this.#at++;
  }

  #array(): JsonValue[] {
    const values: JsonValue[] = [];
    this.#items(']', () => values.push(this.#value()));
    return values;
  }

  #object(): JsonObject {
    const entries: [string, JsonValue][] = [];
    this.#items('}', () => {
      if (this.#peek() !== '"') this.#fail('a key');
      const key = this.#string();
      if (this.#peek() !== ':') this.#fail(':');
      this.#at++;
      entries.push([key, this.#value()]);
    });
    return Object.fromEntries(entries); // unlike assignment, safe for the key __proto__
  }
}
