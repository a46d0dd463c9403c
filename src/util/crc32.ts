// The reflected polynomial of ISO 3309, as zip, gzip and PNG use it.
const polynomial = 0xedb88320;

// Eight tables of 256: table k advances a byte by k further zero bytes, so that eight bytes take one step.
const tables = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  tables[byte] = crc;
}
for (let i = 256; i < tables.length; i++) {
  const before = tables[i - 256] ?? 0;
  tables[i] = (tables[before & 255] ?? 0) ^ (before >>> 8);
}

/**
 * CRC-32 of bytes, as an unsigned number.
 *
 * @param before - result for the bytes before these, to go on with.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const at = (table: number, byte: number): number => tables[(table << 8) | (byte & 255)] ?? 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~7;
  let crc = ~before;
  let i = 0;
  for (; i < whole; i += 8) {
    const low = crc ^ view.getInt32(i, true);
    const high = view.getInt32(i + 4, true);
    crc =
      at(7, low) ^
      at(6, low >>> 8) ^
      at(5, low >>> 16) ^
      at(4, low >>> 24) ^
      at(3, high) ^
      at(2, high >>> 8) ^
      at(1, high >>> 16) ^
      at(0, high >>> 24);
  }
  for (; i < bytes.length; i++) crc = at(0, crc ^ (bytes[i] ?? 0)) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * CRC-32 of two inputs after each other, from that of each.
 *
 * @param length - of the second one, in bytes.
 */
export function joinCrc32(first: number, second: number, length: number): number {
  // The first one is multiplied by x^(8 length): by squaring, in the field that the polynomial makes of 32 bits.
  let power = 0x800000; // x^8, its lowest power in the highest bit
  let product = first;
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) product = multiply(product, power);
    power = multiply(power, power);
  }
  return (product ^ second) >>> 0;
}

/** Product of two polynomials modulo that of CRC-32, coefficients of low powers in the high bits. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product;
}
