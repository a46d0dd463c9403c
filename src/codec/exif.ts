/**
 * Reads the EXIF tags that Deep Lake records for image files: the first directory (IFD0), under Pillow's tag names.
 *
 * ```
 * 0  2s   II (little-endian) or MM (big-endian); all further numbers follow it
 * 2  u16  42
 * 4  u32  offset of the directory:  u16 count, then per entry u16 tag, u16 type, u32 count, 4 bytes value or its offset
 * ```
 * Source: Exif 2.3 §4.6. A damaged directory gives the tags before the damage: EXIF is advice, the pixels do not need it.
 */
import type { Bytes } from '../util/bytes.js';

/** Tag values as they go into JSON: text, numbers, and arrays of numbers where a tag holds several. */
export type ExifTags = Readonly<Record<string, string | number | readonly number[]>>;

// First tag of a run of consecutive tags: names (empty = unknown, left out). Names as in Pillow's ExifTags.TAGS.
const runs: readonly (readonly [number, string])[] = [
  [11, 'ProcessingSoftware'],
  [254, 'NewSubfileType SubfileType ImageWidth ImageLength BitsPerSample Compression'],
  [262, 'PhotometricInterpretation Thresholding CellWidth CellLength FillOrder'],
  [269, 'DocumentName ImageDescription Make Model StripOffsets Orientation'],
  [277, 'SamplesPerPixel RowsPerStrip StripByteCounts MinSampleValue MaxSampleValue XResolution YResolution'],
  [284, 'PlanarConfiguration PageName'],
  [296, 'ResolutionUnit PageNumber'],
  [301, 'TransferFunction'],
  [305, 'Software DateTime'],
  [315, 'Artist HostComputer Predictor WhitePoint PrimaryChromaticities ColorMap'],
  [322, 'TileWidth TileLength TileOffsets TileByteCounts'],
  [338, 'ExtraSamples SampleFormat'],
  [513, 'JpegIFOffset JpegIFByteCount'],
  [529, 'YCbCrCoefficients YCbCrSubSampling YCbCrPositioning ReferenceBlackWhite'],
  [4096, 'RelatedImageFileFormat RelatedImageWidth RelatedImageLength'],
  [18246, 'Rating'],
  [18249, 'RatingPercent'],
  [32781, 'ImageID'],
  [33432, 'Copyright'],
  [33434, 'ExposureTime'],
  [33437, 'FNumber'],
  [34665, 'ExifOffset'],
  [34850, 'ExposureProgram'],
  [34853, 'GPSInfo'],
  [34855, 'ISOSpeedRatings'],
  [34858, 'TimeZoneOffset SelfTimerMode'],
  [36867, 'DateTimeOriginal DateTimeDigitized'],
  [50708, 'UniqueCameraModel'],
];

const tagNames = new Map<number, string>();
for (const [first, names] of runs) for (const [i, name] of names.split(' ').entries()) tagNames.set(first + i, name);

// Bytes of one value by type number: 1 byte, 2 text, 3 u16, 4 u32, 5 rational, 6 i8, 7 undefined, 8 i16, 9 i32,
// 10 signed rational, 11 float, 12 double.
const sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
// Longer values are thumbnails and tables; a sample's info is no place for them.
const maxValues = 1024;

/**
 * Reads the tags of a TIFF-structured EXIF block (what follows `Exif\0\0` in a JPEG file).
 *
 * Numbers and rationals become numbers, text is cut at its first NUL; binary and unknown tags are left out.
 */
export function readExif(tiff: Bytes): ExifTags {
  const tags: Record<string, string | number | readonly number[]> = {};
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length);
  if (tiff.length < 8) return tags;
  const order = view.getUint16(0);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || view.getUint16(2, little) !== 42) return tags;
  const start = view.getUint32(4, little);
  if (start + 2 > tiff.length) return tags;
  const count = view.getUint16(start, little);
  for (let i = 0, at = start + 2; i < count && at + 12 <= tiff.length; i++, at += 12) {
    const name = tagNames.get(view.getUint16(at, little));
    const type = view.getUint16(at + 2, little);
    const values = view.getUint32(at + 4, little);
    const bytes = values * (sizes[type] ?? 0);
    if (name === undefined || bytes === 0 || type === 1 || type === 7) continue;
    const from = bytes <= 4 ? at + 8 : view.getUint32(at + 8, little);
    if (from + bytes > tiff.length) continue;
    if (type === 2) {
      tags[name] = textOf(tiff.subarray(from, from + bytes));
    } else if (values <= maxValues) {
      const numbers = Array.from({ length: values }, (_, k) => numberAt(view, from, type, k, little));
      tags[name] = values === 1 ? (numbers[0] ?? 0) : numbers;
    }
  }
  return tags;
}

function textOf(bytes: Bytes): string {
  const end = bytes.indexOf(0);
  let text = '';
  for (const byte of end < 0 ? bytes : bytes.subarray(0, end)) text += String.fromCharCode(byte); // latin-1
  return text;
}

function numberAt(view: DataView, from: number, type: number, index: number, little: boolean): number {
  const at = from + index * (sizes[type] ?? 0);
  switch (type) {
    case 3:
      return view.getUint16(at, little);
    case 4:
      return view.getUint32(at, little);
    case 5:
      return view.getUint32(at, little) / view.getUint32(at + 4, little);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, little);
    case 9:
      return view.getInt32(at, little);
    case 10:
      return view.getInt32(at, little) / view.getInt32(at + 4, little);
    case 11:
      return view.getFloat32(at, little);
    default:
      return view.getFloat64(at, little);
  }
}
