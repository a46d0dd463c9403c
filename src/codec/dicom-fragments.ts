/**
 * Finds the coded frames of a DICOM file.
 *
 * Coded pixels are items: the first holds where frames begin (u32 each, counted from the second item on) or nothing,
 * the others are fragments of frames. Instead of the first, elements of u64 may tell offsets and lengths (the extended
 * offset table). Source: DICOM PS3.5 annex A.4, PS3.3 §C.7.6.3.1.8.
 */
import { type Bytes, concatBytes } from '../util/bytes.js';
import type { DicomElement, DicomFile } from './dicom-elements.js';

const OFFSETS = 0x7fe00001;

/** One frame: where it lies is known, and nothing is copied before it is asked for. */
export type CodedFrame = () => Bytes;

interface Fragment {
  /** Where its item begins. */
  readonly at: number;
  readonly bytes: Bytes;
}

/** Gives the frames in order. @throws {DatasetError} `codec` when they are not as many as the header tells */
export function codedFrames({ file, elements }: DicomFile, pixels: DicomElement, frames: number): CodedFrame[] {
  const items: Fragment[] = [];
  for (let at = pixels.at; at + 8 <= pixels.end; ) {
    if (file.u16(at + 2) !== 0xe000) break; // the end of the items
    const start = at + 8;
    const end = file.need(start + file.u32(at + 4));
    items.push({ at, bytes: file.slice(start, end) });
    at = end;
  }
  const [table, first, ...more] = items;
  if (!table || !first) throw file.error('it has no coded frames');
  const fragments = [first, ...more];
  const frameOf =
    (own: readonly Fragment[]): CodedFrame =>
    () =>
      concatBytes(own.map(({ bytes }) => bytes));
  if (frames === 1) return [frameOf(fragments)];
  if (frames === fragments.length) return fragments.map((fragment) => frameOf([fragment]));
  const extended = elements.find(({ tag }) => tag === OFFSETS);
  const offsets = extended
    ? Array.from({ length: (extended.end - extended.at) >> 3 }, (_, i) => file.u64(extended.at + 8 * i))
    : Array.from({ length: table.bytes.length >> 2 }, (_, i) => file.u32(table.at + 8 + 4 * i));
  const starts = offsets.length > 0 ? startsAt(fragments, offsets, first.at) : startsByMarks(fragments);
  if (starts.length !== frames || starts[0] !== 0) {
    throw file.error(`expected ${frames} coded frames, got ${starts.length} in ${fragments.length} fragments`);
  }
  return starts.map((from, i) => frameOf(fragments.slice(from, starts[i + 1])));
}

/** Places in the list of fragments at which the offsets say that frames begin; those that name no fragment are left out. */
function startsAt(fragments: readonly Fragment[], offsets: readonly number[], first: number): number[] {
  const places = new Map(fragments.map(({ at }, i) => [at - first, i]));
  const starts = offsets.map((offset) => places.get(offset) ?? -1);
  return starts.filter((start, i) => start > (i === 0 ? -1 : (starts[i - 1] ?? -1)));
}

/** Without a table: a frame begins with the mark of its format, FFD8 of JPEG and JPEG-LS or FF4FFF51 of JPEG 2000. */
function startsByMarks(fragments: readonly Fragment[]): number[] {
  return fragments.flatMap(({ bytes: [a, b, c, d] }, i) =>
    a === 0xff && (b === 0xd8 || (b === 0x4f && c === 0xff && d === 0x51)) ? [i] : [],
  );
}
