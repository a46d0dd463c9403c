/**
 * Checks the tables of MP4 files before a demuxer sees them: a table may promise more rows than its box has bytes, or
 * with few rows billions of frames. Source: ISO/IEC 14496-12 §8.6, §8.7, §8.8.
 */
import type { ByteSource } from '../util/byte-source.js';
import { FileView, fileError } from './file-view.js';

// Bytes of a row, behind 8 bytes of version, flags and the number of rows.
const rowBytes: Readonly<Record<string, number>> = { stts: 8, ctts: 8, stsc: 12, stco: 4, co64: 8, stss: 4, elst: 12 };
const parents = new Set('moov trak mdia minf stbl edts mvex moof traf'.split(' '));
const MAX_DEPTH = 8;
// Rows of time tables that may be left over behind the last frame.
const SPARE = 65_536;
// Tables of a film of ten hours have some 20 MB.
const MAX_TABLES = 268_435_456;

/** Makes a source of an MP4 file whose tables are checked before they, or what lies behind them, can be read. */
export function guardMp4(source: ByteSource): ByteSource {
  let checked = 0; // boxes before it were looked at
  let checking: Promise<void> = Promise.resolve();
  const checkTo = async (end: number): Promise<void> => {
    while (checked < end && checked + 8 <= source.size) {
      const head = new FileView(await source.read(checked, Math.min(checked + 16, source.size)), 'mp4', {
        bigEndian: true,
      });
      const short = head.u32(0);
      const length = short === 0 ? source.size - checked : short === 1 && head.length >= 16 ? head.u64(8) : short;
      const type = head.text(4, 4);
      const next = checked + length;
      if (length < 8 || next > source.size) {
        checked = source.size; // cut off, or no box: the demuxer tells
      } else {
        if (type === 'moov' || type === 'moof') {
          if (length > MAX_TABLES)
            throw fileError('mp4', `its tables have ${length} bytes, expected ${MAX_TABLES} at most`);
          const view = new FileView(await source.read(checked, next), 'mp4', { bigEndian: true });
          checkBoxes(view, 0, view.length, source.size, 0);
        }
        checked = next;
      }
    }
  };
  return {
    size: source.size,
    async read(start, end, options) {
      const own = checking.then(() => checkTo(end));
      checking = own.catch(() => {});
      await own;
      return source.read(start, end, options);
    },
  };
}

function checkBoxes(file: FileView, start: number, end: number, size: number, depth: number): void {
  const rows = new Map<string, number>(); // frames that the tables of one track tell of
  for (let at = start; at + 8 <= end; ) {
    const short = file.u32(at);
    const head = short === 1 ? 16 : 8;
    const length = short === 0 ? end - at : short === 1 && at + 16 <= end ? file.u64(at + 8) : short;
    const type = file.text(at + 4, 4);
    const next = at + length;
    if (length < head || next > end)
      throw file.error(`expected the box ${type} to have up to ${end - at} bytes, got ${length}`);
    if (parents.has(type) && depth < MAX_DEPTH) checkBoxes(file, at + head, next, size, depth + 1);
    else checkTable(file, type, at + head, next, size, rows);
    at = next;
  }
  const frames = (rows.get('stsz') ?? rows.get('stz2') ?? 0) + SPARE;
  if ((rows.get('first chunk') ?? 0) > (rows.get('chunks') ?? 0))
    throw file.error(`its table stsc tells of chunk ${rows.get('first chunk')}, of ${rows.get('chunks') ?? 0}`);
  for (const name of ['stts', 'ctts', 'frames of a chunk']) {
    const told = rows.get(name) ?? 0;
    if (told > frames) throw file.error(`its table ${name} tells of ${told} frames, its sizes of ${frames - SPARE}`);
  }
}

function checkTable(
  file: FileView,
  type: string,
  at: number,
  end: number,
  size: number,
  rows: Map<string, number>,
): void {
  const bytes = rowBytes[type];
  if (bytes !== undefined) {
    const count = file.u32(at + 4);
    const row = type === 'elst' && file.u8(at) === 1 ? 20 : bytes;
    need(file, type, at + 8 + count * row, end);
    if (type === 'stco' || type === 'co64') rows.set('chunks', count);
    if (type === 'stsc') {
      let [chunk, frames] = [0, 0];
      for (let i = 0; i < count; i++) {
        chunk = Math.max(chunk, file.u32(at + 8 + i * 12));
        frames = Math.max(frames, file.u32(at + 12 + i * 12));
      }
      rows.set('first chunk', chunk).set('frames of a chunk', frames);
    }
    if (type !== 'stts' && type !== 'ctts') return;
    let total = 0;
    for (let i = 0; i < count; i++) total += file.u32(at + 8 + i * 8);
    rows.set(type, total);
  } else if (type === 'stsz' || type === 'stz2') {
    const [all, count] = [file.u32(at + 4), file.u32(at + 8)];
    const bits = type === 'stz2' ? all & 255 : all === 0 ? 32 : 0;
    need(file, type, at + 12 + (count * bits) / 8, end);
    if (bits === 0 && count * all > size)
      throw file.error(`it promises ${count} frames of ${all} bytes, with ${size} bytes`);
    rows.set(type, count);
  } else if (type === 'trun') {
    const [flags, count] = [file.u32(at), file.u32(at + 4)];
    const row = [0x100, 0x200, 0x400, 0x800].filter((bit) => flags & bit).length * 4;
    need(file, type, at + 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0) + count * row, end);
    if (count > size) throw file.error(`a fragment promises ${count} frames, with ${size} bytes`);
  }
}

function need(file: FileView, type: string, rows: number, end: number): void {
  if (rows > end) throw file.error(`expected ${rows - end} more bytes of the table ${type}`);
}
