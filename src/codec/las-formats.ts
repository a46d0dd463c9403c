/** The numbers that a point of a LAS file has. Source: LAS Specification 1.4-R15 (ASPRS), tables 7 to 24. */
import { type Dtype, dtypeFromTypestr } from '../format/dtypes.js';
import type { FileView } from './file-view.js';

/** One number of each point. */
export interface LasDimension {
  /** numpy's type, such as `<u2`. */
  readonly type: string;
  /** The same as the library names it. */
  readonly dtype: Dtype;
  /** First byte in the point. */
  readonly at: number;
  /** First bit in that byte, and their number, of those that share a byte. */
  readonly shift: number;
  readonly bits: number;
}

const wave =
  'wavepacket_index:|u1 wavepacket_offset:<u8 wavepacket_size:<u4 return_point_wave_location:<f4 x_t:<f4 y_t:<f4 z_t:<f4';
const short =
  'X:<i4 Y:<i4 Z:<i4 intensity:<u2 return_number:|u1 number_of_returns:|u1 scan_direction_flag:|u1 ' +
  'edge_of_flight_line:|u1 classification:|u1 synthetic:|u1 key_point:|u1 withheld:|u1 scan_angle_rank:|i1 ' +
  'user_data:|u1 point_source_id:<u2';
const long =
  'X:<i4 Y:<i4 Z:<i4 intensity:<u2 return_number:|u1 number_of_returns:|u1 synthetic:|u1 key_point:|u1 withheld:|u1 ' +
  'overlap:|u1 scanner_channel:|u1 scan_direction_flag:|u1 edge_of_flight_line:|u1 classification:|u1 user_data:|u1 ' +
  'scan_angle:<i2 point_source_id:<u2 gps_time:<f8';
const gps = 'gps_time:<f8';
const rgb = 'red:<u2 green:<u2 blue:<u2';
const nir = 'nir:<u2';
// Dimensions of formats 0 to 10, and the bytes that they take.
const formats: readonly (readonly [string, number])[] = [
  [short, 20],
  [`${short} ${gps}`, 28],
  [`${short} ${rgb}`, 26],
  [`${short} ${gps} ${rgb}`, 34],
  [`${short} ${gps} ${wave}`, 57],
  [`${short} ${gps} ${rgb} ${wave}`, 63],
  [long, 30],
  [`${long} ${rgb}`, 36],
  [`${long} ${rgb} ${nir}`, 38],
  [`${long} ${wave}`, 59],
  [`${long} ${rgb} ${nir} ${wave}`, 67],
];

// Bits of those numbers that share a byte with others; in the short formats classification does, too.
const shared: Readonly<Record<string, number>> = {
  scan_direction_flag: 1,
  edge_of_flight_line: 1,
  synthetic: 1,
  key_point: 1,
  withheld: 1,
  overlap: 1,
  scanner_channel: 2,
};
const sharedShort: Readonly<Record<string, number>> = { return_number: 3, number_of_returns: 3, classification: 5 };
const sharedLong: Readonly<Record<string, number>> = { return_number: 4, number_of_returns: 4 };

/** Bytes that a point of a format has at least; undefined for formats that do not exist. */
export function lasFormatBytes(format: number): number | undefined {
  return formats[format]?.[1];
}

/** The dimensions of a format by name, in the order of laspy. */
export function lasFormatDimensions(format: number): Map<string, LasDimension> {
  const places = new Map<string, LasDimension>();
  let at = 0; // in bits
  for (const entry of formats[format]?.[0].split(' ') ?? []) {
    const [name = '', type = ''] = entry.split(':');
    const bits = shared[name] ?? (format >= 6 ? sharedLong : sharedShort)[name] ?? 8 * Number(type.slice(2));
    places.set(name, { type, dtype: dtypeFromTypestr(type) ?? 'uint8', at: at >> 3, shift: at & 7, bits });
    at += bits;
  }
  return places;
}

/** A record of metadata ("VLR") that stands between the header and the points. */
export interface LasRecord {
  readonly user: string;
  readonly id: number;
  /** Its content is bytes `[start, end)` of the file. */
  readonly start: number;
  readonly end: number;
}

const RECORD_HEADER = 54;

/** The records of metadata of a file. @throws {DatasetError} `codec` when the file ends before them */
export function* lasRecords(file: FileView): Generator<LasRecord> {
  const count = file.u32(100);
  for (let i = 0, at = file.u16(94); i < count; i++) {
    const start = at + RECORD_HEADER;
    const end = file.need(start + file.u16(at + 20));
    yield { user: file.cString(at + 2, 16), id: file.u16(at + 18), start, end };
    at = end;
  }
}

// Types 1 to 10 of extra numbers of a point.
const extraTypes = '|u1 |i1 <u2 <i2 <u4 <i4 <u8 <i8 <f4 <f8'.split(' ');
const EXTRA_BYTES = 192; // one description

/** Numbers that the file adds to its points, when a record describes them: bytes `[from, to)` of each. */
export function lasExtraDimensions(file: FileView, from: number, to: number): [string, LasDimension][] {
  const found: [string, LasDimension][] = [];
  let place = from;
  for (const { user, id, start, end } of lasRecords(file)) {
    if (place >= to) break;
    if (user !== 'LASF_Spec' || id !== 4) continue;
    for (let entry = start; entry + EXTRA_BYTES <= end; entry += EXTRA_BYTES) {
      const code = file.u8(entry + 2);
      const type = extraTypes[(code - 1) % 10];
      const dtype = type && dtypeFromTypestr(type);
      if (code > 30 || !type || !dtype) {
        place += code === 0 ? file.u8(entry + 3) : to; // bytes without a meaning, as many as their options tell
        continue;
      }
      const size = Number(type.slice(2));
      const times = Math.ceil(code / 10); // 11 to 30 are pairs and triples, which are left out
      if (times === 1 && place + size <= to)
        found.push([file.cString(entry + 4, 32), { type, dtype, at: place, shift: 0, bits: 8 * size }]);
      place += times * size;
    }
  }
  return found;
}
