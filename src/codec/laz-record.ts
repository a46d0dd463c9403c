/**
 * Checks what a LAZ file tells of its packed points before they are unpacked.
 *
 * A record of "laszip encoded" names how they are packed; at the first point stands the position of the table of chunks,
 * which begins with its version and their number. A chunk begins with its first point as it is.
 * Source: M. Isenburg, LASzip (2013); LASzip's record 22204.
 */
import { DatasetError } from '../errors.js';
import type { FileView } from './file-view.js';
import { lasRecords } from './las-formats.js';

/** What the header tells of the points. */
export interface LazPoints {
  readonly format: number;
  readonly points: number;
  readonly pointBytes: number;
  readonly start: number;
}

// 2: points one after another in chunks, of formats 0 to 5; 3: in layers, of formats 6 to 10.
const methods = [2, 3];
// Waveforms: packets of versions 1.3 and 1.4.
const waveFormats = [4, 5, 9, 10];
const RECORD_ID = 22_204;
const RECORD_BYTES = 34;
const ANY_LENGTH = 0xffffffff; // of chunks that have a length of their own
// Equal points of format 0 take about 1/670 of a byte each, and those of layered formats no less than half of that:
// every coded symbol has a price, and each point has some that are never left out.
const POINTS_PER_BYTE = 4096;

/**
 * Checks how the points of a LAZ file are packed, and that it can hold as many as it promises.
 *
 * @throws {DatasetError} `codec`, or `unsupported` for methods and formats that laz-perf does not unpack.
 */
export function checkLaz(file: FileView, { format, points, pointBytes, start }: LazPoints): void {
  const record = [...lasRecords(file)].find(({ user, id }) => user === 'laszip encoded' && id === RECORD_ID);
  if (!record) throw file.error('its points are packed, but nothing tells how');
  file.need(record.start + RECORD_BYTES);
  const method = file.u16(record.start);
  if (!methods.includes(method)) throw refused(`points packed by method ${method}`);
  if (waveFormats.includes(format)) throw refused(`packed points of format ${format}, which have waveforms`);
  const items = file.u16(record.start + 32);
  let bytes = 0;
  for (let i = 0; i < items; i++) bytes += file.u16(record.start + RECORD_BYTES + 6 * i + 2);
  if (bytes !== pointBytes) throw file.error(`expected packed points of ${pointBytes} bytes, got ${bytes}`);
  if (points === 0) return;
  const table = file.i64(start);
  if (table < start + 8 || table + 8 > file.length)
    throw file.error(`its table of chunks is at byte ${table} of ${file.length}`);
  const chunks = file.u32(table + 4);
  const length = file.u32(record.start + 12);
  const most = Math.min(length === ANY_LENGTH ? Infinity : chunks * length, (table - start) * POINTS_PER_BYTE);
  if (points > most || chunks * pointBytes > table - start)
    throw file.error(`it promises ${points} points in ${chunks} chunks of ${table - start} bytes`);
}

function refused(feature: string): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `The las file has ${feature}, which this version does not unpack. Read the file with encoded() or toBlob().`,
    { feature },
  );
}
