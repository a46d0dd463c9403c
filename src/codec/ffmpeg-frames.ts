/** Frames by FFmpeg, in pieces: each is a small file from the key frame before its first frame to its last. */
import type { CallOptions } from '../store/types.js';
import { abortable } from '../util/abort.js';
import type { Bytes } from '../util/bytes.js';
import { writeAvi } from './avi-write.js';
import type { FfmpegInput } from './ffmpeg.js';
import { fileError } from './file-view.js';
import { startAt } from './video-feed.js';
import type { VideoIndex } from './video-index.js';
import { isAvc, isHevc, isMpeg4 } from './video-keys.js';
import type { VideoPackets } from './video-packets.js';
import type { RawPicture } from './video-picture.js';

const PIECE = 67_108_864; // bytes of decoded planes
const REORDER = 16; // as in video-feed.ts

/** Runs FFmpeg, in the codec pool. */
export type RunFfmpeg = (input: FfmpegInput, options: CallOptions) => Promise<readonly RawPicture[]>;

/** A frame that FFmpeg decoded. */
export interface FfmpegFrame {
  readonly number: number;
  readonly picture: RawPicture;
}

/** Decodes frames of rising numbers. @throws {DatasetError} as the task does; `codec` for frames that do not come */
export async function* ffmpegFrames(
  packets: VideoPackets,
  index: VideoIndex,
  frames: AsyncIterable<number>,
  run: RunFfmpeg,
  options: CallOptions = {},
): AsyncGenerator<FfmpegFrame, void, undefined> {
  const { width, height } = packets.track;
  const most = Math.max(1, Math.floor(PIECE / (width * height * 1.5)));
  let piece: number[] = [];
  for await (const frame of frames) {
    const [first = frame] = piece;
    // What is far behind begins a piece of its own, as a key frame may lie between.
    if (frame - first >= most || index.keyFor(frame) > index.packetOf(piece.at(-1) ?? frame) + 1) {
      yield* decodePiece(packets, index, piece, run, options);
      piece = [];
    }
    piece.push(frame);
  }
  yield* decodePiece(packets, index, piece, run, options);
}

async function* decodePiece(
  packets: VideoPackets,
  index: VideoIndex,
  piece: readonly number[],
  run: RunFfmpeg,
  options: CallOptions,
): AsyncGenerator<FfmpegFrame, void, undefined> {
  const [first] = piece;
  const last = piece.at(-1);
  if (first === undefined || last === undefined) return;
  const { compression, track } = packets;
  const { frames, shown } = await collect(packets, index, piece, options);
  const skip = shown.indexOf(first);
  const count = shown.indexOf(last) - skip + 1;
  if (skip < 0 || count < 1) throw fileError(compression, `frame ${first} cannot be found`);
  const file = writeAvi(track, frames);
  // In a pool without workers FFmpeg goes on with what nobody waits for, up to its time limit.
  const pictures = await abortable(
    run({ file, skip, count, compression, codec: track.codec }, options),
    options.signal,
  );
  for (const number of piece) {
    const picture = pictures[shown.indexOf(number) - skip];
    if (!picture) throw fileError(compression, `its frame ${number} cannot be decoded`);
    yield { number, picture };
  }
}

interface Piece {
  /** Coded frames. */
  readonly frames: readonly Bytes[];
  /** Numbers of the frames that FFmpeg makes of them, in its order; -1 for those that the file hides. */
  readonly shown: readonly number[];
}

async function collect(
  packets: VideoPackets,
  index: VideoIndex,
  piece: readonly number[],
  options: CallOptions,
): Promise<Piece> {
  const { track } = packets;
  const [first = 0] = piece;
  let end = Math.max(...piece.map((frame) => index.packetOf(frame))) + 1;
  if (!track.timed) end = Math.min(end + REORDER, index.packets.length);
  // Pictures that are shown before the key frame, but come behind it, need what is before it: FFmpeg leaves them out.
  const isClosed = isAvc(track.fourcc) || isHevc(track.fourcc);
  for (let before = first; ; before--) {
    const start = await startAt(packets, index, before, options);
    const frames: Bytes[] = [start.bytes];
    const numbers: number[] = [start.key];
    try {
      while (start.key + frames.length < end) {
        const next = await start.stream.next();
        if (next.done) throw fileError(packets.compression, `it ends before frame ${piece.at(-1)}`);
        numbers.push(start.key + frames.length);
        frames.push(next.value);
      }
    } finally {
      await start.stream.return();
    }
    const coded = frames.filter((frame) => frame.length > 0);
    if (track.timed) {
      const time = (packet: number): number => index.packets[packet]?.timestamp ?? 0;
      const shown = numbers
        .filter((packet) => isClosed || time(packet) >= time(start.key))
        .sort((a, b) => time(a) - time(b) || a - b)
        .map((packet) => index.frameOf(packet));
      return { frames: coded, shown };
    }
    const leading = isMpeg4(track.fourcc) ? countLeading(coded) : 0;
    const from = index.frameOf(start.key) + (start.key === 0 ? 0 : leading);
    // Begins a key frame earlier when the first wanted frame is one of those that are left out.
    if (from <= first || start.key === 0) return { frames: coded, shown: coded.slice(leading).map((_, i) => from + i) };
    before = Math.min(before, index.frameOf(start.key));
  }
}

/** B pictures of MPEG-4 that follow the first picture, and are shown before it. */
function countLeading(frames: readonly Bytes[]): number {
  let count = 0;
  while (pictureType(frames[count + 1]) === 2) count++;
  return count;
}

/** ISO/IEC 14496-2 §6.2.5: 0 for I, 1 for P, 2 for B. */
function pictureType(bytes: Bytes = new Uint8Array()): number {
  for (let at = 0; at + 4 < bytes.length; at++) {
    if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1 && bytes[at + 3] === 0xb6)
      return (bytes[at + 4] ?? 0) >> 6;
  }
  return -1;
}
