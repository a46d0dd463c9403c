/** What the grid and the large view show of a dataset, whoever made it: pictures, labels, boxes, a text. */
import { type CallOptions, type Dataset, type Dtype, ImageSample, type NdArray } from '../src/index.js';
import { type PixelBox, pixelBoxes } from './box-geometry.js';

/** A label of a row. */
export interface Label {
  /** Its class name, or `#7` for a number without a name. */
  readonly name: string;
  readonly number: number;
}

/** What is known of a picture besides its pixels. */
export interface Annotations {
  readonly labels: readonly Label[];
  readonly boxes: readonly PixelBox[];
  /** Undefined when the dataset has no text. */
  readonly caption: string | undefined;
}

/** The part of the annotations that a grid shows. */
export interface CellFacts {
  readonly labels: readonly Label[];
  readonly boxes: number;
}

// Labels and boxes of this many rows are read together.
const BLOCK = 64;

/** The rows of a dataset by what its tensors mean: the first tensor of each htype counts. */
export class RowSource {
  readonly dataset: Dataset;
  readonly #names: ReadonlyMap<string, string>;
  readonly #blocks = new Map<number, Promise<readonly CellFacts[]>>();

  constructor(dataset: Dataset) {
    this.dataset = dataset;
    const names = new Map<string, string>();
    for (const name of dataset.tensors) {
      const { htype } = dataset.tensor(name);
      if (!names.has(htype)) names.set(htype, name);
    }
    this.#names = names;
  }

  /** Whether there are pictures to show. */
  get hasPictures(): boolean {
    return this.#names.has('image');
  }

  /** Number of pictures. */
  get length(): number {
    return this.#tensor('image')?.length ?? 0;
  }

  /** The picture of a row. @throws {DatasetError} */
  async image(index: number, options?: CallOptions): Promise<ImageSample | undefined> {
    const sample: unknown = await this.#tensor('image')?.at(index, options);
    return sample instanceof ImageSample && sample.shape.every((size) => size > 0) ? sample : undefined;
  }

  /** Labels and number of boxes of a row, read with those of its neighbours. @throws {DatasetError} */
  async facts(index: number): Promise<CellFacts> {
    const block = Math.floor(index / BLOCK);
    let facts = this.#blocks.get(block);
    if (!facts) {
      facts = this.#readBlock(block * BLOCK, (block + 1) * BLOCK);
      facts.catch(() => this.#blocks.delete(block)); // read again when asked for again
      this.#blocks.set(block, facts);
    }
    return (await facts)[index % BLOCK] ?? { labels: [], boxes: 0 };
  }

  /** All that is known of a row. @throws {DatasetError} */
  async annotations(index: number, size: { width: number; height: number }): Promise<Annotations> {
    const [labels, boxes, caption] = await Promise.all([
      this.#sample('class_label', index),
      this.#sample('bbox', index),
      this.#sample('text', index),
    ]);
    const { coords } = (await this.#tensor('bbox')?.info.get()) ?? {};
    return {
      labels: labelsOf(labels),
      boxes: isArray(boxes) ? pixelBoxes(Array.from(boxes.data, Number), isRecord(coords) ? coords : {}, size) : [],
      caption: this.#names.has('text') ? (typeof caption === 'string' ? caption : '') : undefined,
    };
  }

  /** All class names of the labels, by label number. */
  async classNames(): Promise<readonly string[]> {
    const names = (await this.#tensor('class_label')?.info.get())?.class_names;
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  }

  /** Reads a row's facts anew when they are asked for again; without an index those of all rows. */
  forget(index?: number): void {
    if (index === undefined) this.#blocks.clear();
    else this.#blocks.delete(Math.floor(index / BLOCK));
  }

  #tensor(htype: string) {
    const name = this.#names.get(htype);
    return name === undefined ? undefined : this.dataset.tensor(name);
  }

  async #sample(htype: string, index: number): Promise<unknown> {
    const tensor = this.#tensor(htype);
    return tensor && index < tensor.length ? tensor.at(index) : undefined;
  }

  async #readBlock(start: number, end: number): Promise<readonly CellFacts[]> {
    const [labels, boxes] = await Promise.all(
      ['class_label', 'bbox'].map(
        async (htype): Promise<readonly unknown[]> => (await this.#tensor(htype)?.toArray({ start, end })) ?? [],
      ),
    );
    return Array.from({ length: end - start }, (_, i) => {
      const box = boxes?.[i];
      return { labels: labelsOf(labels?.[i]), boxes: isArray(box) ? Math.floor(box.data.length / 4) : 0 };
    });
  }
}

function labelsOf(sample: unknown): readonly Label[] {
  if (!isArray(sample) || !('names' in sample) || !Array.isArray(sample.names)) return [];
  return sample.names.map((name: unknown, i) => {
    const number = Number(sample.data[i]);
    return { name: typeof name === 'string' ? name : `#${number}`, number };
  });
}

/** Whether a value is an array with shape and number type, as reads give it. */
export function isArray(value: unknown): value is NdArray<Dtype> {
  return isRecord(value) && 'data' in value && ArrayBuffer.isView(value.data) && Array.isArray(value.shape);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
