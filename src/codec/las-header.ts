/**
 * Reads LAS headers (1.0 to 1.4, all point formats).
 *
 * The header has 227 bytes (1.3: 235, 1.4: 375); then records of metadata, then points of one length.
 * Source: LAS Specification 1.4-R15 (ASPRS), tables 3 to 24.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';

/** Where the points of a file lie, and which numbers each has. */
export interface LasLayout {
  readonly points: number;
  /** Position of the first point, and bytes of one. */
  readonly start: number;
  readonly pointBytes: number;
  /** 0 to 10. */
  readonly format: number;
  /** By name, in the order of laspy. */
  readonly dimensions: ReadonlyMap<string, LasDimension>;
}

/** One number of each point. */
export interface LasDimension {
  /** numpy's type, such as `<u2`. */
  readonly type: string;
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

function placesOf(names: string, isLong: boolean): Map<string, LasDimension> {
  const places = new Map<string, LasDimension>();
  let at = 0; // in bits
  for (const entry of names.split(' ')) {
    const [name = '', type = ''] = entry.split(':');
    const bits = shared[name] ?? (isLong ? sharedLong : sharedShort)[name] ?? 8 * Number(type.slice(2));
    places.set(name, { type, at: at >> 3, shift: at & 7, bits });
    at += bits;
  }
  return places;
}

// Types 1 to 10 of extra numbers of a point.
const extraTypes = '|u1 |i1 <u2 <i2 <u4 <i4 <u8 <i8 <f4 <f8'.split(' ');
const EXTRA_BYTES = 192; // one description
const VLR_HEADER = 54;

/** Reads where the points lie. @throws {DatasetError} `codec` when the file is cut off, or packed (LAZ). */
export function readLasLayout(bytes: Bytes): LasLayout {
  const file = new FileView(bytes, 'las');
  file.expect(file.has('LASF', 0), 'a LAS file');
  const minor = file.u8(25);
  const packed = file.u8(104);
  if (packed & 0xc0) throw file.error('its points are packed (LAZ)');
  const format = packed & 63;
  const known = formats[format];
  if (!known || file.u8(24) !== 1 || minor > 4)
    throw file.error(`version ${file.u8(24)}.${minor} has no point format ${format}`);
  const [names, least] = known;
  const start = file.u32(96);
  const pointBytes = file.u16(105);
  const counted = file.u32(107);
  const points = minor >= 4 ? file.u64(247) || counted : counted;
  if (pointBytes < least) throw file.error(`expected points of at least ${least} bytes, got ${pointBytes}`);
  if (!Number.isSafeInteger(points) || start < 227)
    throw file.error(`it promises ${points} points from byte ${start} on`);
  file.need(start + points * pointBytes);
  const dimensions = placesOf(names, format >= 6);
  for (const [name, place] of extraDimensions(file, least, pointBytes)) {
    if (!dimensions.has(name)) dimensions.set(name, place);
  }
  return { points, start, pointBytes, format, dimensions };
}

/** Numbers that the file adds to its points, when records describe them: bytes `[from, to)` of each. */
function extraDimensions(file: FileView, from: number, to: number): [string, LasDimension][] {
  const found: [string, LasDimension][] = [];
  let place = from;
  const records = file.u32(100);
  for (let i = 0, at = file.u16(94); i < records && place < to; i++) {
    const length = file.u16(at + 20);
    const content = at + VLR_HEADER;
    file.need(content + length);
    if (file.cString(at + 2, 16) === 'LASF_Spec' && file.u16(at + 18) === 4) {
      for (let entry = content; entry + EXTRA_BYTES <= content + length; entry += EXTRA_BYTES) {
        const code = file.u8(entry + 2);
        const type = extraTypes[(code - 1) % 10];
        if (code === 0 || code > 30 || !type) {
          place += code === 0 ? file.u8(entry + 3) : to; // bytes without a meaning, as many as their options tell
          continue;
        }
        const size = Number(type.slice(2));
        const times = Math.ceil(code / 10); // 11 to 30 are pairs and triples, which are left out
        if (times === 1 && place + size <= to)
          found.push([file.cString(entry + 4, 32), { type, at: place, shift: 0, bits: 8 * size }]);
        place += times * size;
      }
    }
    at = content + length;
  }
  return found;
}

function doubles(file: FileView, ...places: number[]): number[] {
  return places.map((at) => file.f64(at));
}

/** Reads shape and facts of a LAS file: `[points, dimensions]`, one float32 column for each number of a point. */
export function readLasHeader(bytes: Bytes): SampleHeader {
  const { points, dimensions } = readLasLayout(bytes);
  const file = new FileView(bytes, 'las');
  const [major, minor] = [file.u8(24), file.u8(25)];
  const four = minor >= 4;
  const flags = file.u16(6);
  const returns = four
    ? Array.from({ length: 15 }, (_, i) => file.u64(255 + 8 * i))
    : Array.from({ length: 5 }, (_, i) => file.u32(111 + 4 * i));
  const day = new Date(Date.UTC(file.u16(92), 0, file.u16(90)));
  // What laspy calls the default version, whatever the file's is.
  const version = { major: 1, minor: 2 };
  const las = {
    DEFAULT_VERSION: version,
    file_source_id: file.u16(4),
    system_identifier: file.cString(26, 32),
    generating_software: file.cString(58, 32),
    creation_date: { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate() },
    point_count: points,
    scales: doubles(file, 131, 139, 147),
    offsets: doubles(file, 155, 163, 171),
    number_of_points_by_return: returns,
    start_of_waveform_data_packet_record: minor >= 3 ? file.u64(227) : 0,
    start_of_first_evlr: four ? file.u64(235) : 0,
    number_of_evlrs: four ? file.u32(243) : 0,
    version,
    maxs: doubles(file, 179, 195, 211),
    mins: doubles(file, 187, 203, 219),
    major_version: major,
    minor_version: minor,
    global_encoding: {
      GPS_TIME_TYPE_MASK: 1,
      SYNTHETIC_RETURN_NUMBERS_MASK: 8,
      WAVEFORM_EXTERNAL_MASK: 4,
      WAVEFORM_INTERNAL_MASK: 2,
      WKT_MASK: 16,
      gps_time_type: flags & 1,
      synthetic_return_numbers: (flags & 8) !== 0,
      value: flags,
      waveform_data_packets_external: (flags & 4) !== 0,
      waveform_data_packets_internal: (flags & 2) !== 0,
      wkt: (flags & 16) !== 0,
    },
    uuid: uuidOf(file.slice(8, 24)),
  };
  return {
    shape: [points, dimensions.size],
    dtype: 'float32',
    info: {
      dimension_names: [...dimensions.keys()],
      las_header: las,
      vlrs: [],
      dimensions_names_to_dtype: Object.fromEntries([...dimensions].map(([name, { type }]) => [name, type])),
    },
  };
}

/** A UUID whose first three numbers are little-endian. */
function uuidOf(bytes: Bytes): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const hex = order.map((i) => (bytes[i] ?? 0).toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
