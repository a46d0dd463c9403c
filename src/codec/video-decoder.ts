/** Decodes coded frames with the platform's decoder, a few ahead of who takes them. */
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';

/** A coded frame on its way into a decoder. */
export interface CodedFrame {
  /** Number of the packet; comes back with the picture. */
  readonly packet: number;
  readonly bytes: Bytes;
  /** Whether decoding can begin here. */
  readonly key: boolean;
}

/** A picture out of a decoder. Whoever takes it closes the frame. */
export interface DecodedFrame {
  readonly packet: number;
  readonly frame: VideoFrame;
}

// As many packets wait in the decoder, and as many pictures for their taker: decoders work on several at once.
const AHEAD = 8;
// Decoders that are given something they cannot decode may stay silent. Slow ones take a second for a frame.
const STALL = 20_000; // milliseconds

/**
 * Decodes coded frames in their order, and gives pictures in the order in which they are shown.
 *
 * Takes no more from `feed` than the decoder needs. At the end, however it comes about, the decoder and all pictures that
 * were not taken are closed, and the feed is.
 * @throws {DatasetError} `codec` when the decoder gives up
 */
export async function* decodeFrames(
  compression: string,
  config: VideoDecoderConfig,
  feed: AsyncGenerator<CodedFrame, void, undefined>,
  { signal }: CallOptions = {},
): AsyncGenerator<DecodedFrame, void, undefined> {
  const ready: DecodedFrame[] = [];
  let failure: unknown;
  let isFlushed = false;
  let wake = (): void => {};
  const fail = (cause: unknown): void => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    failure ??= fileError(compression, `its frames cannot be decoded (${reason})`, cause);
    wake();
  };
  const decoder = new VideoDecoder({
    output(frame) {
      ready.push({ packet: frame.timestamp, frame });
      wake();
    },
    error: fail,
  });
  decoder.ondequeue = () => wake();
  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort);
  let taken: DecodedFrame | undefined;
  try {
    decoder.configure(config);
    for (let isFed = false; ; ) {
      signal?.throwIfAborted();
      taken = ready.shift();
      if (taken) {
        const { packet, frame } = taken;
        taken = undefined; // the taker's from here on
        yield { packet, frame };
        continue;
      }
      if (failure !== undefined) throw failure;
      if (isFlushed) return;
      if (!isFed && decoder.decodeQueueSize < AHEAD) {
        const next = await feed.next();
        if (failure !== undefined) continue;
        if (next.done) {
          isFed = true;
          decoder.flush().then(() => {
            isFlushed = true;
            wake();
          }, fail);
        } else {
          const { packet, bytes, key } = next.value;
          decoder.decode(new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp: packet, data: bytes }));
        }
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => fail(new Error(`the decoder was silent for ${STALL / 1000} s`)), STALL);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = () => {};
    }
  } catch (error) {
    signal?.throwIfAborted();
    // configure() and decode() throw what is wrong with their arguments, which come from the file.
    throw error instanceof DOMException || error instanceof TypeError
      ? fileError(compression, `its frames cannot be decoded (${error.message})`, error)
      : error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    if (decoder.state !== 'closed') decoder.close();
    for (const { frame } of ready) frame.close();
    await feed.return();
  }
}

/** Whether the platform has a decoder for a track. */
export async function canDecode(config: VideoDecoderConfig | undefined): Promise<boolean> {
  if (!config || typeof VideoDecoder === 'undefined') return false;
  try {
    return (await VideoDecoder.isConfigSupported(config)).supported === true;
  } catch {
    return false; // a name or description that the platform does not understand
  }
}
