/**
 * Pictures for the screen of DICOM frames: windowed gray, colours of a palette, YBR turned into RGB.
 *
 * Source: DICOM PS3.3 §C.7.6.3.1.2 (photometric interpretation), §C.7.6.3.1.5 and .6 (palettes), §C.7.6.16 (functional groups).
 */
import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import { DicomValues } from './dcm-header.js';
import { type DicomElement, type DicomFile, readDicomHead } from './dicom-elements.js';
import {
  isWindow,
  type LookupTable,
  rangeTransfer,
  type Transfer,
  tableTransfer,
  type VoiWindow,
  windowTransfer,
} from './dicom-window.js';

/** Pixels of a picture: RGBA, four bytes each, row by row. */
export interface DicomPicture {
  /** RGBA, as `ImageData` takes it. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** What a picture is to be made with, instead of what the file says. */
export interface PictureWishes {
  readonly center?: number;
  readonly width?: number;
  readonly invert?: boolean;
}

/** How stored values become gray. */
export interface GrayFacts {
  readonly modality: Transfer;
  /** The file's window; undefined without a usable one. */
  readonly window: VoiWindow | undefined;
  /** The file's table of values of interest, which goes before its window. */
  readonly table: LookupTable | undefined;
}

/** What a file tells about showing one of its frames. */
export interface DisplayFacts extends GrayFacts {
  readonly photometric: string;
  /** Bits of a value that count. */
  readonly bits: number;
  /** Red, green and blue of `PALETTE COLOR`; throws for those in segments. */
  readonly palette: () => readonly LookupTable[];
}

const HEAD = 2 ** 16; // bytes that are read first
const [PER_FRAME, SHARED, VOI, VALUES] = [0x52009230, 0x52009229, 0x00289132, 0x00289145];
const [CENTER, WIDTH, SHAPE, VOI_TABLE] = [0x00281050, 0x00281051, 0x00281056, 0x00283010];
const [INTERCEPT, SLOPE, MODALITY_TABLE] = [0x00281052, 0x00281053, 0x00283000];
const [DESCRIPTOR, ENTRIES] = [0x00283002, 0x00283006];
const PALETTE_DESCRIPTOR = 0x00281101;
const PALETTE_ENTRIES = 0x00281201;
const PALETTE_SEGMENTS = 0x00281221;
const [PHOTOMETRIC, BITS_STORED] = [0x00280004, 0x00280101];

/** Reads the elements ahead of the pixels: of a large file only the bytes that hold them. */
export async function readHead(source: ByteSource, options?: CallOptions): Promise<DicomFile> {
  for (let size = HEAD; ; size *= 8) {
    const end = Math.min(size, source.size);
    const dicom = readDicomHead(await source.read(0, end, options), end === source.size);
    if (dicom) return dicom;
  }
}

/** Finds what tells how a frame is shown. @param frame - from 0; frames of some files have windows of their own. */
export function displayFacts(dicom: DicomFile, frame: number): DisplayFacts {
  const values = new DicomValues(dicom);
  const top = dicom.elements;
  const find = (elements: readonly DicomElement[], tag: number): DicomElement | undefined =>
    elements.find((element) => element.tag === tag);
  const numbers = (elements: readonly DicomElement[], tag: number): number[] => {
    const element = find(elements, tag);
    return element && !element.items ? values.list(element).map(Number) : [];
  };
  const text = (elements: readonly DicomElement[], tag: number): string => {
    const element = find(elements, tag);
    return element && !element.items ? String(values.list(element)[0] ?? '') : '';
  };
  const item = (elements: readonly DicomElement[], tag: number, index = 0) => find(elements, tag)?.items?.[index];
  // Elements of the frame itself, then those of all frames, then those of the file.
  const places = (macro: number): (readonly DicomElement[])[] => {
    const groups = [item(top, PER_FRAME, frame), item(top, SHARED)];
    return [...groups.map((group) => (group ? item(group, macro) : undefined)), top].filter(
      (place) => place !== undefined,
    );
  };
  const first = (macro: number, tag: number): readonly DicomElement[] =>
    places(macro).find((place) => find(place, tag)) ?? [];
  const table = (elements: readonly DicomElement[], descriptor: number, entries: number): LookupTable | undefined => {
    const [count = 0, from = 0, bits = 0] = numbers(elements, descriptor);
    const data = find(elements, entries);
    if (!data || bits < 8 || bits > 16) return undefined;
    const length = count || 65536;
    const size = (data.end - data.at) / length < 2 ? 1 : 2;
    const { file } = dicom;
    if (data.end - data.at < length * size) {
      throw file.error(`expected a table of ${length} values, got ${data.end - data.at} bytes`);
    }
    const read = (i: number): number => (size === 1 ? file.u8(data.at + i) : file.u16(data.at + 2 * i));
    const own = size === 1 ? new Uint8Array(length) : new Uint16Array(length);
    for (let i = 0; i < length; i++) own[i] = read(i);
    return { first: from, entries: own, bits: size === 1 ? 8 : bits };
  };

  const scaled = first(VALUES, SLOPE);
  const [slope] = numbers(scaled, SLOPE);
  const [intercept] = numbers(scaled, INTERCEPT);
  const modalityItem = item(top, MODALITY_TABLE);
  const modalityTable = modalityItem && table(modalityItem, DESCRIPTOR, ENTRIES);
  const voiItem = item(top, VOI_TABLE);
  return {
    photometric: text(top, PHOTOMETRIC),
    bits: numbers(top, BITS_STORED)[0] ?? 8,
    modality: modalityTable ? tableTransfer(modalityTable) : rescale(slope, intercept),
    window: windowOf(first(VOI, CENTER), numbers, text),
    table: voiItem && table(voiItem, DESCRIPTOR, ENTRIES),
    palette() {
      const tables = [0, 1, 2].map((colour) => table(top, PALETTE_DESCRIPTOR + colour, PALETTE_ENTRIES + colour));
      const known = tables.filter((each) => each !== undefined);
      if (known.length === 3) return known;
      throw find(top, PALETTE_SEGMENTS)
        ? cannotShow('PALETTE COLOR with segmented tables')
        : dicom.file.error('it has no colours of its palette');
    },
  };
}

function rescale(slope: number | undefined, intercept: number | undefined): Transfer {
  if (!Number.isFinite(slope) || !Number.isFinite(intercept)) return (value) => value;
  return (value) => value * (slope ?? 1) + (intercept ?? 0);
}

function windowOf(
  place: readonly DicomElement[],
  numbers: (elements: readonly DicomElement[], tag: number) => number[],
  text: (elements: readonly DicomElement[], tag: number) => string,
): VoiWindow | undefined {
  const name = text(place, SHAPE).toUpperCase();
  const shape = name === 'SIGMOID' || name === 'LINEAR_EXACT' ? name : 'LINEAR';
  const window = {
    center: numbers(place, CENTER)[0] ?? Number.NaN,
    width: numbers(place, WIDTH)[0] ?? Number.NaN,
    shape,
  } as const;
  return isWindow(window) ? window : undefined;
}

function cannotShow(what: string): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `The sample cannot be shown: its pixels are ${what}. Use array() or frames().`,
    {
      feature: `showing ${what}`,
    },
  );
}

/** Facts of pixels that are in no file. */
export function plainFacts(array: NdArray): DisplayFacts {
  return {
    photometric: array.shape[2] === 3 ? 'RGB' : 'MONOCHROME2',
    bits: 8 * array.data.BYTES_PER_ELEMENT,
    modality: (value) => value,
    window: undefined,
    table: undefined,
    palette: () => [],
  };
}

/** Maps stored values to gray of `[low, high]`. @throws {RangeError} for a window that is none */
export function grayTransfer(
  facts: GrayFacts,
  data: NdArray['data'],
  wishes: PictureWishes,
  low: number,
  high: number,
): Transfer {
  const { modality, window, table } = facts;
  const wished = wishes.center !== undefined || wishes.width !== undefined;
  let voi: Transfer;
  if (wished) {
    const { center = window?.center ?? Number.NaN, width = window?.width ?? Number.NaN } = wishes;
    const own = { center, width, shape: window?.shape ?? 'LINEAR' };
    if (!isWindow(own)) {
      throw new RangeError(`A window has a center and a width of at least 1, got center ${center} and width ${width}.`);
    }
    voi = windowTransfer(own, low, high);
  } else if (table) {
    const scale = (high - low) / (2 ** table.bits - 1);
    const of = tableTransfer(table);
    voi = (value) => of(value) * scale + low;
  } else voi = window ? windowTransfer(window, low, high) : rangeTransfer(data, modality, low, high);
  return (stored) => voi(modality(stored));
}

/**
 * Paints a frame `[rows, columns]` or `[rows, columns, channels]`.
 *
 * @throws {DatasetError} `unsupported` for colours that are not shown. @throws {RangeError} for a window that is none
 */
export function paintFrame({ shape, data }: NdArray, facts: DisplayFacts, wishes: PictureWishes): DicomPicture {
  const [height = 0, width = 0, channels = 1] = shape;
  const { photometric, bits } = facts;
  const out = new Uint8ClampedArray(width * height * 4);
  const paint = (colours: readonly Transfer[]): void => {
    const [red = Number, green = red, blue = red] = colours;
    for (let i = 0, to = 0; to < out.length; i++, to += 4) {
      const value = Number(data[i]);
      out[to] = red(value);
      out[to + 1] = green(value);
      out[to + 2] = blue(value);
      out[to + 3] = 255;
    }
  };
  if (channels === 1 && photometric === 'PALETTE COLOR') {
    paint(
      facts.palette().map((table) => {
        const of = tableTransfer(table);
        return (value) => of(value) >> (table.bits - 8);
      }),
    );
  } else if (channels === 1) {
    const dark = (photometric === 'MONOCHROME1') !== (wishes.invert === true);
    paint([tabled(grayTransfer(facts, data, wishes, dark ? 255 : 0, dark ? 0 : 255), data)]);
  } else if (channels === 3) paintColours(data, photometric, bits, wishes.invert === true, out);
  else throw cannotShow(`${channels} values each (${photometric})`);
  return { data: out, width, height };
}

const MANY = 2 ** 17;

/** Works a transfer of 8 or 16 bits out for all values at once, where there are more pixels than values. */
function tabled(transfer: Transfer, data: NdArray['data']): Transfer {
  const bits = 8 * data.BYTES_PER_ELEMENT;
  if (bits > 16 || data.length < MANY) return transfer;
  const signed = data instanceof Int8Array || data instanceof Int16Array;
  const least = signed ? -(2 ** (bits - 1)) : 0;
  const table = Uint8ClampedArray.from({ length: 2 ** bits }, (_, i) => transfer(least + i));
  return (value) => table[value - least] ?? 0;
}

/** RGB, also of JPEG 2000 that names its inner colours; YBR of the whole range, as JPEG has it. */
function paintColours(
  data: NdArray['data'],
  photometric: string,
  bits: number,
  invert: boolean,
  out: Uint8ClampedArray,
): void {
  const isYbr = photometric === 'YBR_FULL' || photometric === 'YBR_FULL_422';
  if (!isYbr && !['RGB', 'YBR_ICT', 'YBR_RCT'].includes(photometric)) throw cannotShow(`in colours of ${photometric}`);
  const scale = 255 / (2 ** bits - 1);
  for (let from = 0, to = 0; to < out.length; from += 3, to += 4) {
    const [a, b, c] = [Number(data[from]) * scale, Number(data[from + 1]) * scale, Number(data[from + 2]) * scale];
    if (isYbr) {
      out[to] = a + 1.402 * (c - 128);
      out[to + 1] = a - ((0.114 * 1.772) / 0.587) * (b - 128) - ((0.299 * 1.402) / 0.587) * (c - 128);
      out[to + 2] = a + 1.772 * (b - 128);
    } else {
      out[to] = a;
      out[to + 1] = b;
      out[to + 2] = c;
    }
    if (invert) for (let i = to; i < to + 3; i++) out[i] = 255 - (out[i] ?? 0);
    out[to + 3] = 255;
  }
}
