/** Filters and orders that make sense for the tensors of a dataset. */
import type { Dataset } from '../src/index.js';

/** A filter and what it finds. */
export interface QueryExample {
  readonly filter: string;
  readonly meaning: string;
}

/** An order of rows: an expression, smallest or largest first. */
export interface RowOrder {
  readonly key: string;
  readonly descending: boolean;
  readonly text: string;
}

/** What is needed to know of a tensor. */
export interface TensorFacts {
  readonly name: string;
  readonly htype: string;
  /** Class names that occur, of class labels. */
  readonly classNames: readonly string[];
}

const MAX_EXAMPLES = 6;
const lists: ReadonlySet<string> = new Set(['bbox', 'polygon', 'keypoints_coco']);

/** Reads the facts of the visible tensors. @throws {DatasetError} */
export function tensorFacts(dataset: Dataset): Promise<TensorFacts[]> {
  return Promise.all(
    dataset.tensors.map(async (name) => {
      const { htype, info } = dataset.tensor(name);
      const names: unknown = htype === 'class_label' ? (await info.get()).class_names : undefined;
      return { name, htype, classNames: Array.isArray(names) ? names.filter((one) => typeof one === 'string') : [] };
    }),
  );
}

/** Names a tensor as filters do. */
const nameOf = ({ name }: TensorFacts): string => name.replaceAll('/', '.');

const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;

/** Filters to begin with, made of the tensors that are there; the first ones together show how parts are joined. */
export function queryExamples(tensors: readonly TensorFacts[]): QueryExample[] {
  const examples = tensors.flatMap((tensor): QueryExample[] => {
    const name = nameOf(tensor);
    const [first] = tensor.classNames;
    if (tensor.htype === 'class_label') {
      const none = { filter: `${name}.size == 0`, meaning: 'no label' };
      return first === undefined
        ? [none]
        : [{ filter: `${name} == ${quoted(first)}`, meaning: `label ${first}` }, none];
    }
    if (lists.has(tensor.htype)) return [{ filter: `${name}.shape[0] > 0`, meaning: `with ${name}` }];
    if (tensor.htype === 'text') return [{ filter: `${name} != ''`, meaning: `with text in ${name}` }];
    if (tensor.htype === 'image')
      return [{ filter: `${name}.shape[1] > ${name}.shape[0]`, meaning: `${name} wider than high` }];
    return [{ filter: `${name}.size > 0`, meaning: `with a sample in ${name}` }];
  });
  const label = examples.find(({ filter }) => filter.includes(" == '"));
  const list = examples.find(({ filter }) => filter.endsWith('.shape[0] > 0'));
  const joined = label && list && { filter: `${label.filter} and ${list.filter}`, meaning: 'both at once' };
  return [...(joined ? [joined] : []), ...examples].slice(0, MAX_EXAMPLES);
}

/** Orders to choose from, besides that of the dataset. */
export function rowOrders(tensors: readonly TensorFacts[]): RowOrder[] {
  return tensors.flatMap((tensor): RowOrder[] => {
    const name = nameOf(tensor);
    const isList = lists.has(tensor.htype);
    if (!isList && tensor.htype !== 'class_label') return [];
    const key = isList ? `${name}.shape[0]` : `${name}.size`;
    return [
      { key, descending: true, text: `Most ${name} first` },
      { key, descending: false, text: `Fewest ${name} first` },
    ];
  });
}
