// CRC-32 of ISO 3309, eight bytes at a time with eight tables.

const tables = memory.data(8 * 256 * 4, 16);

function fillTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    store<u32>(tables + (<usize>byte << 2), crc);
  }
  for (let i: usize = 256; i < 8 * 256; i++) {
    const crc = load<u32>(tables + ((i - 256) << 2));
    store<u32>(tables + (i << 2), (crc >>> 8) ^ load<u32>(tables + (<usize>(crc & 255) << 2)));
  }
}

// @ts-ignore: decorator
@inline
function entry(table: usize, byte: u32): u32 {
  return load<u32>(tables + (table << 10) + (<usize>(byte & 255) << 2));
}

/** CRC of `length` bytes that come after bytes with the CRC `before`, 0 for none. */
export function crc32(from: usize, length: i32, before: u32): u32 {
  if (load<u32>(tables + 4) === 0) fillTables();
  let crc = ~before;
  const end = from + length;
  for (; from + 8 <= end; from += 8) {
    const low = crc ^ load<u32>(from);
    const high = load<u32>(from, 4);
    crc = entry(7, low) ^ entry(6, low >>> 8) ^ entry(5, low >>> 16) ^ entry(4, low >>> 24);
    crc ^= entry(3, high) ^ entry(2, high >>> 8) ^ entry(1, high >>> 16) ^ entry(0, high >>> 24);
  }
  for (; from < end; from++) crc = entry(0, crc ^ load<u8>(from)) ^ (crc >>> 8);
  return ~crc;
}
