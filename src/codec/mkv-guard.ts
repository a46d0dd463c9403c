/**
 * Checks the outline of Matroska files before a demuxer sees them: mediabunny 1.61 looks for the next element it knows
 * behind one that it does not, and does not stop when there is none.
 */
import type { ByteSource } from '../util/byte-source.js';
import { elementIn } from './codec-private.js';
import { FileView, fileError } from './file-view.js';

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
// SeekHead, Info, Tracks, Cues, Attachments, Chapters, Tags, Void. Source: RFC 9559 §5.1.
const known = new Set([
  CLUSTER,
  0x114d9b74,
  0x1549a966,
  0x1654ae6b,
  0x1c53bb6b,
  0x1941a469,
  0x1043a770,
  0x1254c367,
  0xec,
]);
// Timestamp, SimpleBlock, BlockGroup, Position, PrevSize, EncryptedBlock, SilentTracks, Void, CRC-32. RFC 9559 §5.1.3.
const inCluster = new Set([0xe7, 0xa3, 0xa0, 0xa7, 0xab, 0xaf, 0x5854, 0xec, 0xbf]);
// As far as the demuxer looks, and less.
const MAX_JUNK = 1_048_576;

/** Makes a source of a Matroska file whose outline is checked before what lies behind it can be read. */
export function guardMkv(source: ByteSource): ByteSource {
  const { size } = source;
  let checked = 0; // elements before it were looked at
  let junk = -1; // where elements that are not known begin
  let clusterEnd = -1; // of the cluster that is looked through; Infinity when it does not tell its length
  let checking: Promise<void> = Promise.resolve();

  /** Looks at the element at `checked`, and passes over it, or into it. */
  const step = async (): Promise<void> => {
    const at = checked;
    const head = new FileView(await source.read(at, Math.min(at + 12, size)), 'mkv', { bigEndian: true });
    const element = readHead(head, at, size);
    const { id, content, end, isOpen } = element ?? { id: -1, content: at, end: size, isOpen: false };
    if (at >= clusterEnd) clusterEnd = -1;
    if (clusterEnd > at && !(clusterEnd === Infinity && known.has(id))) {
      // Behind what is wrong in a cluster the demuxer would look for another.
      if (!inCluster.has(id) || end > clusterEnd || (isOpen && end < clusterEnd))
        throw fileError('mkv', `the block at byte ${at} has no sound head`);
      checked = end;
      return;
    }
    clusterEnd = -1;
    if (id === CLUSTER) clusterEnd = isOpen ? Infinity : end;
    if (known.has(id) || id === SEGMENT || id === EBML) junk = -1;
    else if (junk < 0) junk = at;
    checked = id === SEGMENT || id === CLUSTER ? content : Math.max(end, at + 1);
    if (junk >= 0 && (checked >= size || checked - junk > MAX_JUNK))
      throw fileError('mkv', `nothing that is known stands at byte ${junk}`);
  };

  return {
    size,
    async read(start, end, options) {
      const own = checking.then(async () => {
        while (checked < end) await step();
      });
      checking = own.catch(() => {});
      await own;
      return source.read(start, end, options);
    },
  };
}

interface Head {
  readonly id: number;
  readonly content: number;
  readonly end: number;
  /** Whether all bits of the length are ones: it is not told. */
  readonly isOpen: boolean;
}

/** The head of an element; undefined for what is none. */
function readHead(head: FileView, at: number, size: number): Head | undefined {
  const idBytes = Math.clz32(head.u8(0)) - 23;
  if (idBytes > 4 || head.length <= idBytes) return undefined;
  const bytes = Math.clz32(head.u8(idBytes)) - 23;
  if (bytes > 8 || head.length < idBytes + bytes) return undefined;
  let isOpen = (head.u8(idBytes) & (255 >> bytes)) === 255 >> bytes;
  for (let i = 1; i < bytes; i++) isOpen &&= head.u8(idBytes + i) === 255;
  const { id, at: content, end } = elementIn(head, 0, at, size);
  return { id, content, end, isOpen };
}
