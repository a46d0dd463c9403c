import { ByteReader, corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import type { Bytes } from '../util/bytes.js';
import type { Span } from './byte-positions.js';
import { VERSION } from './versions.js';

/** Parses `pad_index/unsharded`: the samples that exist only because one behind them was assigned. */
export function parsePads(bytes: Bytes, key: string): Span[] {
  const reader = new ByteReader(bytes, key);
  reader.version();
  const size = Math.ceil(reader.left / 8) * 8;
  if (size !== reader.left) throw corrupt(key, 'intervals of 8 bytes', reader.at + size, bytes.length);
  const pads: Span[] = [];
  while (reader.left > 0) pads.push({ start: reader.u32(), end: reader.u32() });
  return pads;
}

/** Prints `pad_index/unsharded`. */
export function serializePads(pads: readonly Span[]): Bytes {
  const writer = new ByteWriter().version(VERSION);
  for (const { start, end } of pads) writer.u32(start).u32(end);
  return writer.finish();
}
