import type { Dtype, DtypeMap, NdArray } from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';
import { numbersSpec } from './generic.js';
import { describeShape, mismatch } from './mismatch.js';
import { nameList, refuseUnknown } from './options.js';

/** One key point of an object. */
export interface Keypoint<N extends string = string> {
  /** From `info.keypoints`; undefined when that names fewer. */
  readonly name: N | undefined;
  /** In pixels from the left. */
  readonly x: number;
  /** In pixels from the top. */
  readonly y: number;
  /** 0 not in the image, 1 in it but hidden, 2 visible. */
  readonly visibility: number;
}

/** The key points of one object. */
export interface KeypointObject<N extends string = string> {
  /** In the order of `info.keypoints`. */
  readonly points: readonly Keypoint<N>[];
}

/** Key points of the objects of an image: the array as stored, shape `[3 x points, objects]`, and the named points. */
export class KeypointsSample<N extends string = string, D extends Dtype = Dtype> implements NdArray<D> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DtypeMap[D];
  /** Names of the points, as far as they have any. */
  readonly names: readonly N[];
  /** Pairs of numbers of points that are joined by a line. */
  readonly connections: readonly (readonly [number, number])[];
  #objects: readonly KeypointObject<N>[] | undefined;

  constructor({ dtype, shape, data }: NdArray<D>, { keypoints, connections }: JsonObject) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
    this.names = Array.isArray(keypoints) ? (keypoints as N[]) : [];
    this.connections = Array.isArray(connections) ? (connections as [number, number][]) : [];
  }

  /** The points object by object. Made when first asked for. */
  get objects(): readonly KeypointObject<N>[] {
    const { data, names } = this;
    const [rows = 0, objects = 0] = this.shape;
    const value = (row: number, object: number): number => Number(data[row * objects + object]);
    this.#objects ??= Array.from({ length: objects }, (_, object) => ({
      points: Array.from({ length: Math.floor(rows / 3) }, (_, i) => ({
        name: names[i],
        x: value(3 * i, object),
        y: value(3 * i + 1, object),
        visibility: value(3 * i + 2, object),
      })),
    }));
    return this.#objects;
  }
}

/** `keypoints_coco`: x, y and visibility of each point in rows, objects in columns; shape `[3 x points, objects]`, int32. */
export const keypointsCoco = numbersSpec('keypoints_coco', 'int32', {
  metaFields: { keypoints: [], connections: [], _info: ['keypoints', 'connections'] },
  initialInfo(given) {
    refuseUnknown('keypoints_coco', given, ['keypoints', 'connections']);
    const keypoints = nameList('keypoints', given.keypoints);
    return { keypoints, connections: connectionList(given.connections, keypoints.length) };
  },
  checkShape(shape, context) {
    if (shape.length === 2 && (shape[0] ?? 0) % 3 === 0) return;
    const expected =
      'rows x, y and visibility for each point and a column for each object, shape (3 x points, objects)';
    throw mismatch(context, `shape ${describeShape(shape)}`, expected);
  },
  async output(sample, context) {
    return new KeypointsSample(await sample.array(), context.info);
  },
});

function connectionList(value: unknown, count: number): number[][] {
  const most = count === 0 ? Infinity : count;
  const isPoint = (point: unknown): boolean => Number.isInteger(point) && Number(point) >= 0 && Number(point) < most;
  const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every(isPoint);
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every(isPair)) return value as number[][];
  const below = count === 0 ? '' : ` below ${count}`;
  throw new TypeError(`Option "connections" must be pairs of numbers of keypoints${below}, such as [[0, 1], [1, 2]].`);
}
