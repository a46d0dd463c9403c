/** Numbers in JSON without loss, as the schema golden-expected/1 spells them. */

const LARGEST = 2n ** 53n; // integers up to here are exact as JSON numbers

/** Spells a number that may be a bigint: `int:<decimal>` beyond 2^53, `float:nan`, `float:-0` and so on. */
export function exactNumber(value) {
  if (typeof value === 'bigint') return value > LARGEST || value < -LARGEST ? `int:${value}` : Number(value);
  if (Number.isNaN(value)) return 'float:nan';
  if (!Number.isFinite(value)) return value > 0 ? 'float:inf' : 'float:-inf';
  return Object.is(value, -0) ? 'float:-0' : value;
}

/** Spells the numbers inside a JSON value. */
export function exactJson(value) {
  if (typeof value === 'number' || typeof value === 'bigint') return exactNumber(value);
  if (Array.isArray(value)) return value.map(exactJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exactJson(item)]));
}

/** Elements of an array, flat. Complex numbers are `complex:` and what Python prints. */
export function exactValues({ dtype, data }) {
  if (dtype === 'bool') return Array.from(data, (value) => value !== 0);
  if (!dtype.startsWith('complex')) return Array.from(data, exactNumber);
  const width = dtype === 'complex64' ? Math.fround : (value) => value;
  const values = [];
  for (let i = 0; i < data.length; i += 2) values.push(`complex:${pythonComplex(width(data[i]), width(data[i + 1]))}`);
  return values;
}

/** Python's `str(complex(real, imaginary))`. */
function pythonComplex(real, imaginary) {
  const sign = imaginary < 0 || Object.is(imaginary, -0) ? '' : '+';
  if (Object.is(real, 0)) return `${pythonFloat(imaginary)}j`;
  return `(${pythonFloat(real)}${sign}${pythonFloat(imaginary)}j)`;
}

/** Python's shortest form of a float, without the `.0` of whole numbers. */
function pythonFloat(value) {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e16)) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2'); // at least two digits of exponent
}
