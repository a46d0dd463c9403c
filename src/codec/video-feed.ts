/** Chooses which coded frames a decoder is given, so that the wanted ones come out and few others. */
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';
import type { CodedFrame } from './video-decoder.js';
import type { VideoIndex } from './video-index.js';
import { isKeyPacket } from './video-keys.js';
import type { VideoPackets } from './video-packets.js';

// H.264 and H.265 let 16 frames overtake one (max_dec_frame_buffering); where the file does not tell their order, so
// many behind a frame may be needed.
const REORDER = 16;

/** What a feed and the taker of its pictures share. */
export interface FeedState {
  /** Frames that have been fed for and did not come out yet. */
  readonly wanted: Set<number>;
  /** Packets at which the decoding began anew. */
  readonly starts: number[];
}

/**
 * Gives the coded frames for frames of rising numbers, from the key frame before the first on.
 *
 * Where a key frame lies between two wanted frames, what is before it is left out.
 */
export async function* feedFor(
  packets: VideoPackets,
  index: VideoIndex,
  frames: AsyncIterable<number>,
  state: FeedState,
  options: CallOptions = {},
): AsyncGenerator<CodedFrame, void, undefined> {
  const { track } = packets;
  let stream: AsyncGenerator<Bytes, void, undefined> | undefined;
  let fed = -1; // the last packet that was given, or passed over
  async function* feedTo(last: number, frame: number): AsyncGenerator<CodedFrame, void, undefined> {
    while (stream && fed < last) {
      const next = await stream.next();
      if (next.done) throw fileError(packets.compression, `it ends before frame ${frame}`);
      fed++;
      if (next.value.length > 0) yield { packet: fed, bytes: next.value, key: isKeyPacket(track, next.value) };
    }
  }
  // Where the file does not tell the order of frames, they may come out some packets later than their own, but not
  // behind the key frame that begins anew.
  async function* feedLate(key: number): AsyncGenerator<CodedFrame, void, undefined> {
    const last = track.timed ? fed : Math.min(fed + REORDER, key - 1);
    while (fed < last && state.wanted.size > 0) yield* feedTo(fed + 1, fed + 1);
  }
  try {
    for await (const frame of frames) {
      // Packets without bytes.
      while (stream && !track.timed && index.packets[fed + 1]?.hidden && !(await stream.next()).done) fed++;
      if (!stream || index.keyFor(frame) > fed + 1) {
        yield* feedLate(index.keyFor(frame));
        const start = await startAt(packets, index, frame, options);
        if (stream && start.key <= fed + 1) await start.stream.return();
        else {
          await stream?.return();
          stream = start.stream;
          fed = start.key;
          state.starts.push(fed);
          state.wanted.add(frame);
          yield { packet: fed, bytes: start.bytes, key: true };
        }
      }
      state.wanted.add(frame);
      yield* feedTo(index.packetOf(frame), frame);
    }
    yield* feedLate(index.packets.length);
  } finally {
    await stream?.return();
  }
}

/** Finds the key frame to begin with for a frame, and has read it. Frames that the file calls so may be none. */
export async function startAt(
  packets: VideoPackets,
  index: VideoIndex,
  frame: number,
  options: CallOptions,
): Promise<{ readonly key: number; readonly bytes: Bytes; readonly stream: AsyncGenerator<Bytes, void, undefined> }> {
  for (let key = index.keyFor(frame); key >= 0; key = index.keyFor(frame, key)) {
    const stream = packets.from(key, index.packets[key]?.timestamp ?? 0, options);
    const first = await stream.next();
    if (!first.done && isKeyPacket(packets.track, first.value)) return { key, bytes: first.value, stream };
    await stream.return();
  }
  throw fileError(packets.compression, `there is no key frame before frame ${frame}`);
}
