/** What the grid and the large view show of a dataset, whoever made it: files of all kinds, labels, boxes, a text. */
import {
  type CallOptions,
  type Dataset,
  type Dtype,
  ImageSample,
  MediaSample,
  type NdArray,
  type Tensor,
} from '../src/index.js';
import { type PixelBox, pixelBoxes } from './box-geometry.js';
import { type Kind, kindOf } from './file-kinds.js';

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

/** A sample of a row that has a viewer. */
export interface Shown {
  /** Name of its tensor, with the number of the item in a sequence: `images[2]`. */
  readonly name: string;
  readonly tensor: string;
  readonly kind: Kind;
  readonly sample: ImageSample | MediaSample;
}

/** The rows of a dataset by what its tensors mean. Labels, boxes and texts are those of the first tensor of their htype. */
export class RowSource {
  readonly dataset: Dataset;
  readonly #rows: ArrayLike<number> | undefined;
  readonly #names: ReadonlyMap<string, string>;
  readonly #blocks = new Map<number, Promise<readonly CellFacts[]>>();

  /** @param rows - numbers of the rows that are shown, in their order; default all. Methods take places among them. */
  constructor(dataset: Dataset, rows?: ArrayLike<number>) {
    this.dataset = dataset;
    this.#rows = rows;
    const names = new Map<string, string>();
    for (const name of dataset.tensors) {
      const { htype } = dataset.tensor(name);
      if (!names.has(htype)) names.set(htype, name);
    }
    this.#names = names;
  }

  /** Whether there is something to show besides text. */
  get hasPictures(): boolean {
    return this.#viewable().length > 0;
  }

  /** Number of rows that there is something to show of. */
  get length(): number {
    return this.#rows?.length ?? Math.max(0, ...this.#viewable().map(([{ length }]) => length));
  }

  /** Whether not all rows are shown, or in another order. */
  get isPart(): boolean {
    return this.#rows !== undefined;
  }

  /** Number in the dataset of the row at a place. */
  rowAt(place: number): number {
    return this.#rows?.[place] ?? place;
  }

  /** Place of a row of the dataset; -1 when it is not shown. */
  placeOf(row: number): number {
    return this.#rows ? Array.prototype.indexOf.call(this.#rows, row) : row;
  }

  /** All samples of a row that have a viewer, empty ones left out. @throws {DatasetError} */
  async shown(index: number, options?: CallOptions): Promise<readonly Shown[]> {
    const row = this.rowAt(index);
    return (await Promise.all(this.#viewable().map((one) => this.#items(one, row, options)))).flat();
  }

  /** The first sample of a row that has a viewer. @throws {DatasetError} */
  async first(index: number, options?: CallOptions): Promise<Shown | undefined> {
    for (const one of this.#viewable()) {
      const [item] = await this.#items(one, this.rowAt(index), options);
      if (item) return item;
    }
    return undefined;
  }

  /** Labels and number of boxes of a row, read with those of its neighbours. @throws {DatasetError} */
  async facts(index: number): Promise<CellFacts> {
    const row = this.rowAt(index);
    const block = Math.floor(row / BLOCK);
    let facts = this.#blocks.get(block);
    if (!facts) {
      facts = this.#readBlock(block * BLOCK, (block + 1) * BLOCK);
      facts.catch(() => this.#blocks.delete(block)); // read again when asked for again
      this.#blocks.set(block, facts);
    }
    return (await facts)[row % BLOCK] ?? { labels: [], boxes: 0 };
  }

  /** All that is known of a row. @throws {DatasetError} */
  async annotations(index: number, size: { width: number; height: number }): Promise<Annotations> {
    const row = this.rowAt(index);
    const [labels, boxes, caption] = await Promise.all([
      this.#sample('class_label', row),
      this.#sample('bbox', row),
      this.#sample('text', row),
    ]);
    const { coords } = (await this.#tensor('bbox')?.info.get()) ?? {};
    return {
      labels: labelsOf(labels),
      boxes: isArray(boxes) ? pixelBoxes(Array.from(boxes.data, Number), isRecord(coords) ? coords : {}, size) : [],
      caption: this.#names.has('text') ? (typeof caption === 'string' ? caption : '') : undefined,
    };
  }

  /** Name of the file that a sample came from; undefined when none is recorded. */
  async filename(tensor: string, index: number): Promise<string | undefined> {
    const slash = tensor.lastIndexOf('/') + 1;
    try {
      // Facts about files lie in a hidden tensor beside each.
      const infos = await this.dataset.loadTensor(`${tensor.slice(0, slash)}_${tensor.slice(slash)}_info`);
      const row = this.rowAt(index);
      const info: unknown = row < infos.length ? await infos.at(row) : undefined;
      const first: unknown = Array.isArray(info) ? info[0] : info;
      return isRecord(first) && typeof first.filename === 'string' && first.filename !== ''
        ? first.filename
        : undefined;
    } catch {
      return undefined; // datasets of others may have no such tensor: a name is not worth a message
    }
  }

  /** All class names of the labels, by label number. */
  async classNames(): Promise<readonly string[]> {
    const names = (await this.#tensor('class_label')?.info.get())?.class_names;
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  }

  /** Reads the facts of a row of the dataset anew when they are asked for again; without a row those of all. */
  forget(row?: number): void {
    if (row === undefined) this.#blocks.clear();
    else this.#blocks.delete(Math.floor(row / BLOCK));
  }

  #viewable(): readonly (readonly [Tensor, Kind])[] {
    return this.dataset.tensors.flatMap((name): (readonly [Tensor, Kind])[] => {
      const tensor: Tensor = this.dataset.tensor(name);
      const kind = kindOf(tensor.htype);
      return kind ? [[tensor, kind]] : [];
    });
  }

  async #items([tensor, kind]: readonly [Tensor, Kind], index: number, options?: CallOptions): Promise<Shown[]> {
    if (index >= tensor.length) return [];
    const sample: unknown = await tensor.at(index, options);
    const isSequence = Array.isArray(sample);
    const items: readonly unknown[] = isSequence ? sample : [sample];
    return items.flatMap((item, i) => {
      if (!isFilled(item)) return [];
      return [{ name: isSequence ? `${tensor.name}[${i}]` : tensor.name, tensor: tensor.name, kind, sample: item }];
    });
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
      ['class_label', 'bbox'].map(async (htype): Promise<readonly unknown[]> => {
        const tensor = this.#tensor(htype);
        return tensor && start < tensor.length ? tensor.toArray({ start, end }) : [];
      }),
    );
    return Array.from({ length: end - start }, (_, i) => {
      const box = boxes?.[i];
      return { labels: labelsOf(labels?.[i]), boxes: isArray(box) ? Math.floor(box.data.length / 4) : 0 };
    });
  }
}

/** Whether there is something to show. A file may hold more than its recorded shape tells, as FLAC without a length. */
function isFilled(item: unknown): item is ImageSample | MediaSample {
  if (item instanceof MediaSample && item.bytes > 0) return true;
  return (item instanceof ImageSample || item instanceof MediaSample) && item.shape.every((size) => size > 0);
}

/** Whether a sample, or an item of a sequence, has something to show. */
export function isShowable(sample: unknown): boolean {
  return Array.isArray(sample) ? sample.some(isFilled) : isFilled(sample);
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
