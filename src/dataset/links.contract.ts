/** Files for tests of links that are read in parts. */
import type { Bytes } from '../util/bytes.js';

/** An MP4 file with free room between its first box and its frames, so that most of it is of no use. */
export function spacedMp4(bytes: Bytes, room: number): Bytes {
  const text = new TextDecoder('latin1').decode(bytes);
  const free = text.indexOf('free') - 4;
  const table = text.indexOf('stco') + 4;
  const spaced = new Uint8Array(bytes.length + room);
  spaced.set(bytes.subarray(0, free + 8));
  spaced.set(bytes.subarray(free + 8), free + 8 + room);
  const view = new DataView(spaced.buffer);
  view.setUint32(free, 8 + room);
  const rows = view.getUint32(table + room + 4);
  for (let at = table + room + 8, row = 0; row < rows; row++, at += 4) view.setUint32(at, view.getUint32(at) + room);
  return spaced;
}
