/** Any sample as one line of text. */
import { ImageSample, MediaSample } from '../src/index.js';
import { formatBytes } from './format-text.js';
import { isArray } from './row-source.js';

const MAX_NUMBERS = 6;
const MAX_TEXT = 160;

const isSample = (item: unknown): boolean =>
  item instanceof ImageSample || item instanceof MediaSample || isArray(item);

/**
 * Describes a sample that was read: label names, `(2, 4) float32 · 1, 2, …`, text, JSON, a picture's size.
 *
 * At most about 200 characters, whatever the size of the sample.
 */
export function formatValue(value: unknown): string {
  if (value === undefined) return '—';
  if (typeof value === 'string') return value === '' ? '(empty)' : shortened(value);
  if (value instanceof ImageSample) return formatImage(value);
  if (value instanceof MediaSample) return formatMedia(value);
  if (isArray(value))
    return 'names' in value && Array.isArray(value.names) ? formatLabels(value.names, value.data) : formatArray(value);
  if (Array.isArray(value) && value.some(isSample)) {
    return shortened(`${value.length} items: ${value.slice(0, 3).map(formatValue).join(' | ')}`);
  }
  return shortened(formatJson(value));
}

function formatImage({ shape, dtype }: ImageSample): string {
  if (shape.some((size) => size === 0)) return '(empty)';
  const [height, width, channels = 1] = shape;
  return `${width} × ${height} × ${channels} ${dtype}`;
}

function formatMedia({ shape, dtype, bytes, compression }: MediaSample): string {
  if (bytes === 0 && shape.some((size) => size === 0)) return '(empty)';
  const file = compression === undefined ? '' : ` · ${compression}, ${formatBytes(bytes)}`;
  return `(${shape.join(', ')}) ${dtype}${file}`;
}

function formatLabels(names: readonly unknown[], data: ArrayLike<unknown>): string {
  if (data.length === 0) return '(none)';
  return shortened(names.map((name, i) => (typeof name === 'string' ? name : `#${String(data[i])}`)).join(', '));
}

function formatArray({
  dtype,
  shape,
  data,
}: {
  dtype: string;
  shape: readonly number[];
  data: ArrayLike<unknown>;
}): string {
  const first = Array.from({ length: Math.min(MAX_NUMBERS, data.length) }, (_, i) => formatNumber(data[i]));
  if (shape.length === 0 || (shape.length === 1 && shape[0] === 1)) return `${first.join(', ')} ${dtype}`;
  const more = data.length > MAX_NUMBERS ? ', …' : '';
  return `(${shape.join(', ')}) ${dtype}${first.length > 0 ? ` · ${first.join(', ')}${more}` : ''}`;
}

function formatNumber(value: unknown): string {
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(5)));
}

function formatJson(value: unknown): string {
  const text = JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return String(item);
    return isArray(item) ? formatArray(item) : item;
  });
  return text ?? String(value);
}

function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
