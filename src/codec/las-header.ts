/** Reads shape and facts of LAS and LAZ files, as laspy gives them. */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { readLasLayout } from './las-layout.js';
import type { SampleHeader } from './types.js';

/** Reads shape and facts of a LAS file: `[points, dimensions]`, one float32 column for each number of a point. */
export function readLasHeader(bytes: Bytes): SampleHeader {
  const layout = readLasLayout(bytes);
  const { points, dimensions } = layout;
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
    scales: layout.scales,
    offsets: layout.offsets,
    number_of_points_by_return: returns,
    start_of_waveform_data_packet_record: minor >= 3 ? file.u64(227) : 0,
    start_of_first_evlr: four ? file.u64(235) : 0,
    number_of_evlrs: four ? file.u32(243) : 0,
    version,
    maxs: layout.maxs,
    mins: layout.mins,
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
