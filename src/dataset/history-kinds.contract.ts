/** Kinds of tensors for random histories: what is written to them, and what a read must give. */
import type { ImageSample } from '../htype/image-sample.js';
import { bbox, classLabel, generic, image, json, sequence, type TensorDef, text } from '../index.js';

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** Numbers with their shape, as a model keeps them. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A sample as a model keeps it: numbers, names of classes, a text, any JSON, or the items of a sequence. */
export type Value = unknown;

/** What a kind of tensor takes and gives. */
export interface Kind {
  readonly def: TensorDef;
  /** Draws a sample: often an empty one. */
  readonly draw: (random: Random) => Value;
  /** The sample as it is written. */
  readonly input: (value: Value) => unknown;
  /** What a read gives, as a model keeps it. */
  readonly plain: (read: unknown) => Promise<Value>;
  /** An input that is refused. */
  readonly bad: unknown;
  /** Class names that a sample needs. */
  readonly names?: (value: Value) => readonly string[];
  /** What the samples of a tensor of sequences are. */
  readonly items?: Kind;
  /** Whether the shape companion holds the shapes of the samples. */
  readonly hasShapes: boolean;
  /** Whether samples have ids. */
  readonly hasIds: boolean;
  /** Whether parts of a sample can be written. */
  readonly hasRegions: boolean;
  /** The info that a new tensor has. */
  readonly info: Readonly<Record<string, unknown>>;
}

/** Draws a whole number in [0, end). */
export function drawInt(random: Random, end: number): number {
  return Math.floor(random() * end);
}

/** Draws one of a list. */
export function drawFrom<T>(random: Random, list: readonly T[]): T {
  if (list.length === 0) throw new RangeError('an empty list has nothing to draw');
  return list[drawInt(random, list.length)] as T;
}

const times = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
const word = (random: Random, most: number): string =>
  times(drawInt(random, most + 1), () => drawFrom(random, [...'abcdefgh é日😀'])).join('');

const arrays = {
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
} as const;

const plainNumbers = async (read: unknown): Promise<Numbers> => {
  const { shape, data } = read as { shape: readonly number[]; data: ArrayLike<number> };
  return { shape: [...shape], data: Array.from(data) };
};

const none = { hasShapes: false, hasIds: true, hasRegions: false, info: {} } as const;

/** Numbers of a shape that is drawn. */
function numbers(
  def: TensorDef,
  dtype: keyof typeof arrays,
  shapeOf: (random: Random) => readonly number[] | undefined,
  more: Partial<Kind> = {},
): Kind {
  return {
    ...none,
    def,
    draw(random) {
      const shape = shapeOf(random);
      if (!shape) return null;
      const data = times(
        shape.reduce((a, b) => a * b, 1),
        () => drawInt(random, 100),
      );
      return { shape, data };
    },
    input(value) {
      if (value === null) return null;
      const { shape, data } = value as Numbers;
      return { shape, dtype, data: arrays[dtype].from(data) };
    },
    plain: plainNumbers,
    bad: 'text',
    hasShapes: true,
    hasRegions: true,
    ...more,
  };
}

const maybe = (random: Random, shape: readonly number[]) => (random() < 0.1 ? undefined : shape);
// Chunks of 40 to 60 bytes, so that a few samples fill several.
const small = { maxChunkSize: 100 } as const;

const pixels = (random: Random) => [1 + drawInt(random, 4), 1 + drawInt(random, 4), drawFrom(random, [1, 3])] as const;
const plainPicture = async (read: unknown) => plainNumbers(await (read as ImageSample).array());
const intrinsics = { info: { intrinsics: null }, hasRegions: false, plain: plainPicture, bad: 'text' } as const;

function sequenceOf(items: Kind, def: TensorDef): Kind {
  return {
    ...none,
    def,
    draw: (random) => times(drawInt(random, 4), () => items.draw(random)),
    input: (value) => (value as Value[]).map(items.input),
    plain: (read) => Promise.all((read as unknown[]).map(items.plain)),
    bad: 5,
    items,
    hasShapes: items.hasShapes,
    info: items.info,
  };
}

const bytes = (random: Random) => maybe(random, [1 + drawInt(random, 30)]);
const plainItself = async (read: unknown): Promise<Value> => read;
const words: Kind = {
  ...none,
  def: text(small),
  draw: (random) => word(random, 30),
  input: (value) => value,
  plain: plainItself,
  bad: 5,
};
const items = numbers(generic({ dtype: 'uint8' }), 'uint8', (random) => maybe(random, [1 + drawInt(random, 6)]));

/** All kinds by the names that their tensors have. */
export const kinds = {
  labels: {
    ...none,
    def: classLabel(undefined, small),
    draw: (random) => times(drawInt(random, 4), () => `class ${drawInt(random, 12)}`),
    input: (value) => ((value as string[]).length === 0 ? null : value),
    plain: async (read) => [...(read as { names: readonly string[] }).names],
    bad: [{}],
    names: (value) => value as readonly string[],
    info: { class_names: [] },
  },
  boxes: numbers(bbox(small), 'float32', (random) => maybe(random, [drawInt(random, 4), 4]), {
    bad: [[1, 2]],
    info: { coords: {} },
  }),
  fixed: numbers(generic({ dtype: 'float32', ...small }), 'float32', () => [3]),
  tiles: numbers(generic({ dtype: 'uint8', tilingThreshold: 40, ...small }), 'uint8', (random) =>
    maybe(random, [1 + drawInt(random, 12), 1 + drawInt(random, 9)]),
  ),
  packed: numbers(generic({ dtype: 'int16', sampleCompression: 'lz4', ...small }), 'int16', bytes),
  chunked: numbers(generic({ dtype: 'uint8', chunkCompression: 'lz4', ...small }), 'uint8', bytes),
  pictures: numbers(
    image({ sampleCompression: 'png', maxChunkSize: 400 }),
    'uint8',
    (random) => maybe(random, pixels(random)),
    intrinsics,
  ),
  stacked: numbers(
    image({ chunkCompression: 'png', maxChunkSize: 60 }),
    'uint8',
    (random) => maybe(random, [1 + drawInt(random, 5), 2, 1]),
    intrinsics,
  ),
  words,
  notes: {
    ...none,
    def: json(),
    draw: (random) => ({ id: drawInt(random, 1000), [word(random, 3)]: drawFrom(random, [true, 'é', 1.5, [1, {}]]) }),
    input: (value) => value,
    plain: plainItself,
    bad: () => 1,
  },
  seqs: sequenceOf(items, sequence(generic({ dtype: 'uint8', ...small }))),
  texts: sequenceOf(words, sequence(text({ chunkCompression: 'lz4' }))),
  hidden: numbers(generic({ dtype: 'int32', hidden: true, ...small }), 'int32', () => [2]),
  bare: numbers(
    generic({ dtype: 'uint8', createIdTensor: false, createShapeTensor: false, ...small }),
    'uint8',
    bytes,
    { hasShapes: false, hasIds: false },
  ),
} satisfies Record<string, Kind>;

/** Name of a kind. */
export type KindName = keyof typeof kinds;

/** The kind of a name. */
export function kindOf(name: KindName): Kind {
  return kinds[name];
}

/** What an empty sample reads as, in the form of {@link shown}. */
export const emptyValue = (kind: KindName): Value =>
  kind === 'words' ? '' : kind === 'notes' ? {} : kindOf(kind).items || kind === 'labels' ? [] : null;

/** A value as text, in which all empty arrays of numbers are the same. */
export function shown(value: Value): string {
  return JSON.stringify(value, (_, part: unknown) => {
    const isNumbers = typeof part === 'object' && part !== null && 'shape' in part && 'data' in part;
    return isNumbers && (part as Numbers).data.length === 0 ? null : part;
  });
}
