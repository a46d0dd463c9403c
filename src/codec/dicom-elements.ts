/**
 * Walks the elements of DICOM files.
 *
 * A file is 128 bytes, `DICM`, the elements of group 2 (explicit, little-endian), which name the transfer syntax, then
 * the data set in that syntax. An element is `u16 group, u16 element, 2 letters VR, u16 length, value`; some VRs have
 * `u16 0, u32 length` instead; the implicit syntax leaves the VR out and has u32 lengths. Sequences hold items
 * (FFFE,E000); an unknown length (FFFFFFFF) ends with a delimiter. Source: DICOM PS3.5 §7, PS3.10 §7.
 */
import { isDatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { dicomName } from './dicom-names.js';
import { FileView } from './file-view.js';
import { InflateError, inflateRaw } from './inflate.js';

/** One element: its value is `[at, end)`, or its items. */
export interface DicomElement {
  /** `group << 16 | element`, unsigned. */
  readonly tag: number;
  /** Value representation, such as `US`; `UN` when nothing tells it. */
  readonly vr: string;
  readonly at: number;
  readonly end: number;
  /** Items of a sequence. */
  readonly items?: readonly (readonly DicomElement[])[];
  /** Whether the pixels are fragments: coded pictures. */
  readonly coded?: boolean;
}

/** A data set with the bytes that its elements point into. */
export interface DicomFile {
  readonly file: FileView;
  readonly syntax: string;
  readonly elements: readonly DicomElement[];
}

interface Syntax {
  readonly implicit: boolean;
}

const UNKNOWN = 0xffffffff;
const ITEM = 0xfffee000;
const END_OF_ITEM = 0xfffee00d;
const END_OF_SEQUENCE = 0xfffee0dd;
const PIXELS = 0x7fe00010;
const FIRST_PIXELS = 0x7fe00000;
const TRANSFER_SYNTAX = 0x00020010;
const LONG = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));
const MAX_DEPTH = 16;

const IMPLICIT = '1.2.840.10008.1.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';

// Greatest share of a deflated data set that one byte can stand for, and greatest size that is unpacked.
const MAX_RATIO = 1032;
const MAX_DATA_SET = 2 ** 28;

class Walker {
  readonly file: FileView;
  readonly syntax: Syntax;
  at: number;

  constructor(file: FileView, at: number, syntax: Syntax) {
    this.file = file;
    this.at = at;
    this.syntax = syntax;
  }

  /** The tag at this place. */
  tag(): number {
    return this.file.u16(this.at) * 65536 + this.file.u16(this.at + 2);
  }

  /** Elements up to `end`, or up to a delimiter when that is unknown. */
  elements(end: number, depth: number, wanted: (tag: number) => boolean = () => true): DicomElement[] {
    const { file } = this;
    const found: DicomElement[] = [];
    const open = end === UNKNOWN;
    const limit = open ? file.length : end;
    while (this.at < limit) {
      const tag = this.tag();
      if (open && tag === END_OF_ITEM) {
        this.at += 8;
        return found;
      }
      if (!wanted(tag)) return found;
      found.push(this.element(tag, limit, depth));
    }
    if (open) throw file.error('an item of a sequence does not end');
    return found;
  }

  element(tag: number, limit: number, depth: number): DicomElement {
    const { file } = this;
    let vr: string;
    let length: number;
    if (this.syntax.implicit) {
      vr = dicomName(tag)?.vr ?? 'UN';
      length = file.u32(this.at + 4);
      this.at += 8;
    } else {
      vr = file.text(this.at + 4, 2);
      if (!/^[A-Z]{2}$/.test(vr)) throw file.error(`the element at byte ${this.at} has no value representation`);
      const long = LONG.has(vr);
      length = long ? file.u32(this.at + 8) : file.u16(this.at + 6);
      this.at += long ? 12 : 8;
    }
    const at = this.at;
    if (tag === PIXELS && length === UNKNOWN) {
      this.items(UNKNOWN, () => undefined);
      return { tag, vr, at, end: this.at, coded: true };
    }
    if (vr === 'SQ' || length === UNKNOWN) {
      if (depth >= MAX_DEPTH) throw file.error(`its sequences are nested deeper than ${MAX_DEPTH}`);
      const end = length === UNKNOWN ? UNKNOWN : this.within(at + length, limit);
      const items: DicomElement[][] = [];
      // Sequences of an unknown representation are implicit.
      const inner = vr === 'UN' && !this.syntax.implicit ? new Walker(file, at, { implicit: true }) : this;
      inner.items(end, (size) => items.push(inner.elements(size, depth + 1)));
      this.at = inner.at;
      return { tag, vr: 'SQ', at, end: this.at, items };
    }
    this.at = this.within(at + length, limit);
    return { tag, vr, at, end: this.at };
  }

  /** Walks items; `read` is given where each ends (or that this is unknown), or steps over it by giving undefined. */
  items(end: number, read: (end: number) => unknown): void {
    const { file } = this;
    const limit = end === UNKNOWN ? file.length : end;
    while (this.at < limit) {
      const tag = this.tag();
      const length = file.u32(this.at + 4);
      this.at += 8;
      if (tag === END_OF_SEQUENCE) return;
      if (tag !== ITEM) throw file.error(`expected an item at byte ${this.at - 8}`);
      const stop = length === UNKNOWN ? UNKNOWN : this.within(this.at + length, limit);
      if (read(stop) === undefined) {
        if (stop === UNKNOWN) throw file.error(`the item at byte ${this.at - 8} has no length`);
        this.at = stop;
      }
    }
    if (end === UNKNOWN) throw file.error(`it is cut off: a sequence does not end in its ${file.length} bytes`);
  }

  within(end: number, limit: number): number {
    this.file.need(end);
    if (end > limit)
      throw this.file.error(`a value ends at byte ${end}, after what it is part of, which ends at ${limit}`);
    return end;
  }
}

/** Reads all elements of a DICOM file. @throws {DatasetError} `codec` when it is cut off or contradicts itself. */
export function readDicom(bytes: Bytes): DicomFile {
  return walkDicom(bytes, () => true).dicom;
}

/**
 * Reads the elements of the first part of a DICOM file up to the pixels; undefined when they are not in that part.
 *
 * @param isWhole - whether `bytes` are the whole file, which may have no pixels and must not be cut off.
 * @throws {DatasetError} `codec` when the whole file is cut off or contradicts itself
 */
export function readDicomHead(bytes: Bytes, isWhole: boolean): DicomFile | undefined {
  try {
    const { dicom, rest } = walkDicom(bytes, (tag) => tag < FIRST_PIXELS);
    return rest > 0 || isWhole ? dicom : undefined;
  } catch (error) {
    if (isWhole || !isDatasetError(error, 'codec')) throw error;
    return undefined;
  }
}

function walkDicom(bytes: Bytes, wanted: (tag: number) => boolean): { dicom: DicomFile; rest: number } {
  let file = new FileView(bytes, 'dcm');
  file.expect(file.has('DICM', 128), 'a DICOM file');
  const meta = new Walker(file, 132, { implicit: false });
  const group2 = meta.elements(file.length, 0, (tag) => tag < 0x00030000);
  const named = group2.find(({ tag }) => tag === TRANSFER_SYNTAX);
  if (!named) throw file.error('it does not name its transfer syntax');
  const syntax = file.cString(named.at, Math.min(64, named.end - named.at)).trim();
  let start = meta.at;
  if (syntax === DEFLATED) {
    file = new FileView(inflateAll(file, start), 'dcm');
    start = 0;
  } else if (syntax === BIG_ENDIAN) file = new FileView(bytes, 'dcm', { bigEndian: true });
  const walker = new Walker(file, start, { implicit: isImplicit(file, start, syntax === IMPLICIT) });
  const elements = walker.elements(file.length, 0, wanted);
  return { dicom: { file, syntax, elements }, rest: file.length - walker.at };
}

/** Some data sets are not written as their transfer syntax says: two letters of the first element tell. */
function isImplicit(file: FileView, at: number, otherwise: boolean): boolean {
  return at + 8 <= file.length ? !/^[A-Z]{2}$/.test(file.text(at + 4, 2)) : otherwise;
}

/** Unpacks a deflated data set, of which nothing tells the size. */
function inflateAll(file: FileView, at: number): Bytes {
  const most = Math.min((file.length - at) * MAX_RATIO, MAX_DATA_SET);
  try {
    for (let size = Math.min(most, 8 * file.length); ; size = Math.min(most, size * 4)) {
      const unpacked = new Uint8Array(size);
      const length = inflateRaw(file.bytes, at, unpacked);
      if (length < size || size === most) return unpacked.subarray(0, length);
    }
  } catch (error) {
    if (!(error instanceof InflateError)) throw error;
    throw file.error(error.message, error);
  }
}
