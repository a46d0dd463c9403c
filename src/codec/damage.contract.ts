/**
 * What every decoder does with bad input: a typed error or a whole array, in bounded time and memory.
 *
 * A whole array has the shape, the number type and the length that the file tells. Its numbers may be others than before
 * the damage where nothing in the format tells: most formats have no check sums, and a flipped bit among coded pixels is
 * then a good file of another picture, for every reader. Where there are sums (`summedFrom`), the numbers must be the same.
 */
import { afterEach, assert, expect, test, vi } from 'vitest';
import { isDatasetError } from '../errors.js';
import { elementCount, type NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import type { CodecPool } from './pool.js';
import { requireCodec } from './table.js';
import type { DecodeHint, ReadHeader } from './types.js';

/** A compression, and files of it to damage. */
export interface DamageCase {
  readonly compression: string;
  /** Good files, for which the last tenth matters. */
  readonly files: readonly string[];
  readonly load: (file: string) => Promise<Bytes>;
  readonly pool: CodecPool;
  /** What the decoder is told besides, for compressions that need it. */
  readonly hint?: DecodeHint;
  /** Makes check sums right again, so that damage gets beyond them; a copy with other sums is damaged, too. */
  readonly reseal?: (bytes: Bytes) => Bytes;
  /** First byte that the check sums of the format cover: damage from there on is told, or changes nothing. */
  readonly summedFrom?: number;
  /** Files whose headers promise about 100,000 x 100,000 numbers. */
  readonly lies?: Readonly<Record<string, () => Promise<Bytes>>>;
  /** Whether headers alone do not tell that a file is cut off, as those of sound and of texts do not. */
  readonly cutsAreUnseen?: boolean;
  /** Whether no bytes are a value of its own: an empty sample. */
  readonly readsNothing?: boolean;
  /** Bytes of memory that a byte of the file may ask for, beyond a floor of 16 MB. Default 16,384. */
  readonly memoryPerByte?: number;
}

const flips = 1000;
const leastFlips = 100; // of each file
const maxMicroseconds = 2_000_000; // of the processor, so that a busy machine does not count
const floorBytes = 2 ** 24;
const defaultPerByte = 2 ** 14;
const typed = ['codec', 'unsupported', 'corrupt'] as const;

/** Calls a decoder and tells how it ended: 'fine' or the message of a typed error. Anything else is thrown. */
async function outcome(action: () => unknown): Promise<string> {
  const start = process.cpuUsage();
  try {
    await action();
    return 'fine';
  } catch (error) {
    if (isDatasetError(error, ...typed)) return error.message;
    throw error;
  } finally {
    const { user, system } = process.cpuUsage(start);
    // Not `expect`, which takes longer than most decoders.
    if (user + system >= maxMicroseconds) assert.fail(`it took ${user + system} microseconds`);
  }
}

const arrayTypes = [
  'Uint8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
] as const;

/** Watches what is asked for of memory: typed arrays by length, and growth of WebAssembly. */
function watchMemory(): { most: number } {
  const seen = { most: 0 };
  const note = (bytes: number): void => {
    seen.most = Math.max(seen.most, bytes);
  };
  for (const name of [...arrayTypes, 'Float32Array', 'Float64Array'] as const) {
    const construct = (type: typeof Uint8Array, args: unknown[], target: typeof Uint8Array): object => {
      const [length] = args;
      if (typeof length === 'number') note(length * type.BYTES_PER_ELEMENT);
      return Reflect.construct(type, args, target);
    };
    vi.stubGlobal(name, new Proxy(globalThis[name] as typeof Uint8Array, { construct }));
  }
  const grow = WebAssembly.Memory.prototype.grow;
  vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(function (this: WebAssembly.Memory, pages) {
    note(pages * 65_536);
    return grow.call(this, pages);
  });
  return seen;
}

/** Numbers from 0 up to a limit, the same in each run. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Form and bytes of an array, to compare. */
function textOf({ dtype, shape, data }: NdArray): string {
  return `${dtype} ${shape} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')}`;
}

/** Tests that damaged files of a compression give a typed error or an array of the size that it tells, nothing else. */
export function damageContract(given: DamageCase): void {
  const { compression, files, load, pool, hint, reseal, lies = {}, memoryPerByte = defaultPerByte } = given;
  const { summedFrom = Number.POSITIVE_INFINITY } = given;
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  const decode = async (bytes: Bytes): Promise<NdArray> => {
    const array = await pool.decode(compression, bytes, hint);
    const expected = elementCount(array.shape) * (array.dtype.startsWith('complex') ? 2 : 1);
    if (array.data.length !== expected) assert.fail(`it has ${array.data.length} numbers of ${expected}`);
    return array;
  };
  /** The header reader; formats without one are only decoded. */
  const header = async (): Promise<ReadHeader | undefined> => requireCodec(compression).loadHeader?.();

  async function refused(bytes: Bytes, byHeader = true): Promise<void> {
    const read = await header();
    if (read && byHeader) expect(await outcome(() => read(bytes))).not.toBe('fine');
    expect(await outcome(() => decode(bytes))).not.toBe('fine');
  }

  test.each(files)('%s cut at ten places is refused, by header and by decoder', async (file) => {
    const bytes = await load(file);
    for (let i = 0; i < 10; i++) {
      const part = bytes.slice(0, Math.floor((bytes.length * i) / 10) + 1);
      await refused(part, !given.cutsAreUnseen);
    }
  });

  test.each(files)('%s with flipped bits gives an error or a whole array', async (file) => {
    const good = await load(file);
    const read = await header();
    const whole = textOf(await decode(good)); // loads the codec, too
    const random = seeded(1);
    const memory = watchMemory();
    for (let i = 0; i < Math.max(leastFlips, flips / files.length); i++) {
      const flipped = good.slice();
      // Half of them in the header, where they do most.
      const at = random(i % 2 ? Math.min(700, flipped.length) : flipped.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random(8));
      const isSealed = reseal !== undefined && i % 3 > 0;
      const bytes = isSealed ? reseal(flipped) : flipped;
      await outcome(async () => {
        const array = await decode(bytes);
        if (at < summedFrom || isSealed) return;
        if (textOf(array) !== whole) assert.fail(`byte ${at} is covered by a check sum`);
      });
      await outcome(() => read?.(bytes));
    }
    expect(memory.most).toBeLessThan(floorBytes + memoryPerByte * good.length);
    expect(textOf(await decode(good)) === whole, 'the codec works on').toBe(true);
  });

  test('nothing, text and a lone signature are refused', async () => {
    const [file = ''] = files;
    const good = await load(file);
    for (const bytes of [new TextEncoder().encode('not a picture\n'.repeat(9)), good.slice(0, 8)]) await refused(bytes);
    if (given.readsNothing) await decode(new Uint8Array(0));
    else await refused(new Uint8Array(0));
    const read = await header();
    if (read) expect(await outcome(() => read(new Uint8Array(0)))).toContain('0 bytes');
  });

  test.each(Object.keys(lies))('a size of 100,000 x 100,000 in %s is refused before memory is taken', async (file) => {
    const bytes = (await lies[file]?.()) ?? new Uint8Array(0);
    const memory = watchMemory();
    await refused(bytes, !given.cutsAreUnseen);
    expect(memory.most).toBeLessThan(floorBytes);
  });
}
