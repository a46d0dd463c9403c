import { ByteReader, corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import { type Bytes, utf8Decode, utf8Encode } from '../util/bytes.js';

/** `dataset_diff`: what one commit changed in the dataset as a whole. */
export interface DatasetDiff {
  readonly infoUpdated: boolean;
  /** New name of each renamed tensor by its old one. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Names of deleted tensors and groups. */
  readonly deleted: readonly string[];
}

/** The record of a commit that changed nothing. */
export function emptyDatasetDiff(): DatasetDiff {
  return { infoUpdated: false, renamed: new Map(), deleted: [] };
}

/**
 * Parses `dataset_diff`.
 *
 * The original writes counts of characters where it reads counts of bytes: files of its own with names beyond ASCII
 * are cut short, and give an error here.
 * @throws {DatasetError} `corrupt`.
 */
export function parseDatasetDiff(bytes: Bytes, key: string): DatasetDiff {
  const reader = new ByteReader(bytes, key, { bigEndian: true });
  const name = (length: number): string => {
    const part = reader.take(length);
    try {
      return utf8Decode(part);
    } catch {
      throw corrupt(key, 'tensor name', 'UTF-8', 'other bytes');
    }
  };
  // Each entry takes at least its lengths, so a count that lies soon meets the end of the bytes.
  const infoUpdated = reader.u8() !== 0;
  const renamed = new Map<string, string>();
  for (let left = reader.count(); left > 0; left--) {
    const oldLength = reader.count();
    const newLength = reader.count();
    renamed.set(name(oldLength), name(newLength));
  }
  const deleted: string[] = [];
  for (let left = reader.count(); left > 0; left--) deleted.push(name(reader.count()));
  if (reader.left > 0) throw corrupt(key, 'file', reader.at, bytes.length);
  return { infoUpdated, renamed, deleted };
}

/** Prints `dataset_diff`, with lengths in bytes. */
export function serializeDatasetDiff(diff: DatasetDiff): Bytes {
  const writer = new ByteWriter({ bigEndian: true }).u8(Number(diff.infoUpdated)).count(diff.renamed.size);
  for (const [from, to] of diff.renamed) {
    const names = [utf8Encode(from), utf8Encode(to)] as const;
    writer.count(names[0].length).count(names[1].length).bytes(names[0]).bytes(names[1]);
  }
  writer.count(diff.deleted.length);
  for (const name of diff.deleted) {
    const bytes = utf8Encode(name);
    writer.count(bytes.length).bytes(bytes);
  }
  return writer.finish();
}
