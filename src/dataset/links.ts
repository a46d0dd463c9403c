/** Links: their credentials, whose names are stored and whose secrets are not, and how their targets are got. */
import { detectCompression } from '../codec/detect.js';
import { DatasetError } from '../errors.js';
import { linkedCredsKey } from '../format/keys.js';
import { type LinkedCreds, parseLinkedCreds, serializeLinkedCreds } from '../format/linked-creds.js';
import { isCloudPath } from '../htype/cloud-path.js';
import { FileSample } from '../htype/file-sample.js';
import type { LinkedSample } from '../htype/schema.js';
import type { EncodedSample, StoredFile } from '../htype/types.js';
import type { CallOptions, Put, Store } from '../store/types.js';
import { type ByteSource, byteSourceOf } from '../util/byte-source.js';
import { type Awaitable, type Bytes, concatBytes, toBytes } from '../util/bytes.js';
import { openRanges, refused } from './link-source.js';

/** A link whose target is asked for. */
export interface LinkRequest extends LinkedSample {
  /** What `populateCreds` was given for the link's key; undefined without key or secret. */
  readonly creds: unknown;
}

/**
 * Gets the target of a link: its content, or an address to fetch (such as a signed one). Undefined leaves the link to
 * the default, which fetches `https://` addresses and paths relative to the page.
 */
export type LinkResolver = (
  link: LinkRequest,
  options: CallOptions,
) => Awaitable<Response | Blob | Uint8Array | ArrayBuffer | string | URL | undefined>;

/** Options for links. */
export interface LinkOptions {
  /** Gets targets that need a signature, a private scheme or a folder. */
  readonly resolveLink?: LinkResolver | undefined;
  /** Used for addresses instead of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

const webAddress = /^(https?|blob|data):/i;

/** What stands for the content of a target. */
type Target = Response | Blob | Uint8Array | ArrayBuffer | URL;

const HEAD_BYTES = 512; // enough for every signature

const NO_CREDS: LinkedCreds = { credsKeys: [], managedCredsKeys: [], usedCredsKeys: [] };

/** The links of an open dataset. */
export class Links {
  readonly #options: LinkOptions;
  readonly #secrets = new Map<string, unknown>();
  #creds: LinkedCreds;

  private constructor(creds: LinkedCreds, options: LinkOptions) {
    this.#creds = creds;
    this.#options = options;
  }

  /** Reads the names of the credentials keys. */
  static async open(store: Store, options: LinkOptions): Promise<Links> {
    const bytes = await store.get(linkedCredsKey);
    return new Links(bytes ? parseLinkedCreds(bytes, linkedCredsKey) : NO_CREDS, options);
  }

  /** Names of the keys, in the order of their numbers. */
  get keys(): readonly string[] {
    return this.#creds.credsKeys;
  }

  /** Name of a key by its number in the stored table; undefined for 0, which is no key. */
  keyName(number: number): string | undefined {
    return number === 0 ? undefined : this.#creds.credsKeys[number - 1];
  }

  /** Adds a key. @returns what to store. @throws {DatasetError} `exists` */
  add(key: string): Put {
    if (this.keys.includes(key))
      throw new DatasetError('exists', `Credentials key "${key}" exists already. Use populateCreds("${key}", …).`, {
        what: 'key',
        name: key,
      });
    this.#creds = { ...this.#creds, credsKeys: [...this.keys, key] };
    return this.#put();
  }

  /** Renames a key, keeping its number and its secret. @returns what to store. */
  rename(from: string, to: string): Put {
    this.#number(from);
    if (this.keys.includes(to))
      throw new DatasetError('exists', `Credentials key "${to}" exists already. Choose another name.`, {
        what: 'key',
        name: to,
      });
    const swap = (names: readonly string[]) => names.map((name) => (name === from ? to : name));
    const { credsKeys, managedCredsKeys, usedCredsKeys } = this.#creds;
    this.#creds = {
      credsKeys: swap(credsKeys),
      managedCredsKeys: swap(managedCredsKeys),
      usedCredsKeys: swap(usedCredsKeys),
    };
    if (this.#secrets.has(from)) this.#secrets.set(to, this.#secrets.get(from));
    this.#secrets.delete(from);
    return this.#put();
  }

  /** Goes on with other names, as they are stored now; the secret of a key stays with its number. */
  become(bytes: Put['bytes']): void {
    const before = this.keys;
    const whole = bytes instanceof Uint8Array ? bytes : concatBytes(bytes ?? []);
    this.#creds = bytes ? parseLinkedCreds(whole, linkedCredsKey) : NO_CREDS;
    const secrets = before.map((name) => this.#secrets.get(name));
    this.#secrets.clear();
    for (const [i, name] of this.keys.entries()) if (secrets[i] !== undefined) this.#secrets.set(name, secrets[i]);
  }

  /** Keeps the secret of a key, in memory and until the dataset is closed. @throws {DatasetError} `not-found` */
  populate(key: string, creds: unknown): void {
    this.#number(key);
    this.#secrets.set(key, creds);
  }

  /**
   * Checks a link that is to be stored.
   *
   * @returns the number of its key, and what to store when the key is used for the first time.
   * @throws {DatasetError} `not-found` for an unknown key
   */
  use({ credsKey }: LinkedSample): { readonly number: number; readonly put?: Put } {
    if (!credsKey) return { number: 0 };
    const number = this.#number(credsKey);
    if (this.#creds.usedCredsKeys.includes(credsKey)) return { number };
    this.#creds = { ...this.#creds, usedCredsKeys: [...this.#creds.usedCredsKeys, credsKey] };
    return { number, put: this.#put() };
  }

  /** Gets the target of a link and tells its compression. @throws {DatasetError} `storage`, `unsupported`, `codec` */
  async load(link: LinkedSample, options: CallOptions = {}): Promise<EncodedSample> {
    const filename = link.path.replace(/[?#].*$/s, '');
    const source = await this.#source(link, options);
    if (source instanceof Response) return new FileSample(await bodyOf(link.path, source), { filename }).load(options);
    const { fetch } = this.#options;
    const settings = { filename, ...(fetch && { fetch }) };
    const content = source instanceof ArrayBuffer || ArrayBuffer.isView(source) ? toBytes(source) : source;
    return new FileSample(content, settings).load(options);
  }

  /** Opens the target of a link to read parts of it. @throws {DatasetError} `storage`, `unsupported`, `codec` */
  async open(link: LinkedSample, options: CallOptions = {}): Promise<StoredFile> {
    const filename = link.path.replace(/[?#].*$/s, '');
    const target = await this.#source(link, options);
    const source = await this.#byteSource(link, target, options);
    const head = source && (await source.read(0, Math.min(source.size, HEAD_BYTES), options));
    const compression = head && detectCompression(head, filename);
    if (source && compression) return { source, compression };
    const { bytes, compression: found } = await this.load(link, options); // or why not
    return { source: byteSourceOf(bytes), compression: found };
  }

  async #byteSource(link: LinkedSample, target: Target, options: CallOptions): Promise<ByteSource | undefined> {
    const { path } = link;
    if (target instanceof Response) return byteSourceOf(await bodyOf(path, target));
    if (target instanceof ArrayBuffer || ArrayBuffer.isView(target)) return byteSourceOf(toBytes(target));
    if (target instanceof Blob) return blobSource(target);
    if (!/^https?:$/.test(target.protocol)) return undefined;
    let next: URL | undefined = target;
    const address = async (call: CallOptions): Promise<URL> => {
      const given = next ?? (await this.#source(link, call));
      next = undefined;
      return given instanceof URL ? given : target;
    };
    return openRanges({ path, address, fetch: this.#options.fetch ?? fetch }, options);
  }

  async #source(link: LinkedSample, options: CallOptions): Promise<Target> {
    const { path, credsKey } = link;
    const creds = credsKey ? this.#secrets.get(credsKey) : undefined;
    const given = await this.#options.resolveLink?.({ path, ...(credsKey && { credsKey }), creds }, options);
    if (given !== undefined) return typeof given === 'string' ? new URL(given, globalThis.location?.href) : given;
    const base = globalThis.document?.baseURI ?? globalThis.location?.href;
    if (!isCloudPath(path) && (webAddress.test(path) || base)) return new URL(path, base);
    throw new DatasetError(
      'unsupported',
      `Link ${path} cannot be loaded by itself. Open the dataset with { resolveLink }, which gets its content or a signed address.`,
      {
        feature: `links to ${/^[a-z0-9+.-]+:/i.exec(path)?.[0] ?? 'files'}`,
      },
    );
  }

  #number(key: string): number {
    const number = this.keys.indexOf(key) + 1;
    if (number > 0) return number;
    throw new DatasetError('not-found', `There is no credentials key "${key}". Add it with addCredsKey("${key}").`, {
      what: 'key',
      name: key,
    });
  }

  #put(): Put {
    return { key: linkedCredsKey, bytes: serializeLinkedCreds(this.#creds) };
  }
}

async function bodyOf(path: string, response: Response): Promise<Bytes> {
  if (response.ok) return toBytes(await response.arrayBuffer());
  throw await refused(path, response);
}

function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (start, end) => toBytes(await blob.slice(start, end).arrayBuffer()),
  };
}
