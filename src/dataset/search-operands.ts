/** Samples as expressions see them. */
import { elementCount, type NdArray } from '../format/dtypes.js';
import type { Operand, SampleWindow } from '../query/evaluate.js';
import type { Expression } from '../query/parse.js';

/** What an expression asks of a tensor's samples. */
export interface Wants {
  /** Whether it looks at values, and not only at shapes: files are decoded then. */
  values: boolean;
  /** Whether it looks at the facts of files. */
  facts: boolean;
}

/** What an expression asks of each tensor that it speaks of. */
export function wantsOf(expression: Expression): Map<string, Wants> {
  const found = new Map<string, Wants>();
  const want = (name: string): Wants => {
    const wants = found.get(name) ?? { values: false, facts: false };
    found.set(name, wants);
    return wants;
  };
  const visit = (node: Expression): void => {
    if (node.kind === 'field' && node.of.kind === 'tensor') {
      const wants = want(node.of.name);
      if (node.field === 'sample_info') wants.facts = true;
      else if (node.field !== 'shape' && node.field !== 'size') wants.values = true;
      return;
    }
    if (node.kind === 'tensor') want(node.name).values = true;
    if (node.kind === 'list') node.items.forEach(visit);
    if ('of' in node) visit(node.of);
    if ('at' in node) visit(node.at);
    if ('what' in node) visit(node.what);
    if ('left' in node) [node.left, node.right].forEach(visit);
  };
  visit(expression);
  return found;
}

/** Makes an operand of what a read gave. */
export async function operandOf(
  sample: unknown,
  wants: Wants,
  names: readonly string[] | undefined,
  facts: unknown,
): Promise<Operand> {
  const info = isOperand(facts) ? facts : undefined;
  const more = { ...(names && { names }), ...(info !== undefined && { info }) };
  if (typeof sample === 'string') return { ...windowOn([sample], [1]), ...more };
  if (isArray(sample)) return { ...windowOn(sample.data, sample.shape), ...more };
  if (isLazy(sample)) {
    if (!wants.values) return { ...windowOn([], sample.shape), ...more };
    const { data, shape } = await sample.array();
    return { ...windowOn(data, shape), ...more };
  }
  if (Array.isArray(sample)) {
    if (sample.every((item) => typeof item !== 'object')) return { ...windowOn(sample, [sample.length]), ...more };
    return Promise.all(sample.map((item) => operandOf(item, wants, names, undefined)));
  }
  if (typeof sample === 'object' && sample !== null && 'path' in sample && typeof sample.path === 'string')
    return { ...windowOn([sample.path], [1]), ...more };
  return isOperand(sample) ? sample : null;
}

function windowOn(data: SampleWindow['data'], shape: readonly number[]): SampleWindow {
  return { kind: 'sample', data, start: 0, end: data.length || elementCount(shape), shape };
}

function isArray(sample: unknown): sample is NdArray {
  return (
    typeof sample === 'object' &&
    sample !== null &&
    'data' in sample &&
    ArrayBuffer.isView(sample.data) &&
    'shape' in sample
  );
}

interface Lazy {
  readonly shape: readonly number[];
  array(): Promise<NdArray>;
}

function isLazy(sample: unknown): sample is Lazy {
  return typeof sample === 'object' && sample !== null && 'array' in sample && typeof sample.array === 'function';
}

/** Everything that JSON can hold is an operand. */
function isOperand(value: unknown): value is Operand {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}
