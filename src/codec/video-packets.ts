/** What a demuxer gives: the coded frames of one video track, in the order in which they are decoded. */
import { DatasetError } from '../errors.js';
import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';

/** What is known of a coded frame without its bytes. */
export interface VideoPacket {
  /** When its picture is shown, in seconds; where the file does not tell, by its place among the packets. */
  readonly timestamp: number;
  /** Seconds. */
  readonly duration: number;
  /** Whether decoding can begin here, as far as the file tells. */
  readonly key: boolean;
  /** Whether it has no picture of its own, or one that is not to be shown. */
  readonly hidden: boolean;
}

/** The facts of a video track. */
export interface VideoTrack {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** The codec by its WebCodecs name; of others the name in the file. */
  readonly codec: string;
  /** How WebCodecs decodes it; undefined when it has no name for the codec. */
  readonly config: VideoDecoderConfig | undefined;
  /** Four letters that name the codec in AVI files. */
  readonly fourcc: string;
  /** What a decoder needs beside the packets: of H.264 an avcC. */
  readonly extra: Bytes | undefined;
  /** Whether timestamps are those of showing. AVI has none: there the decoder alone knows the order. */
  readonly timed: boolean;
}

/** A demuxer at work. Packets are numbered from 0 in the order of decoding. */
export interface VideoPackets {
  /** Format of the file, for messages. */
  readonly compression: string;
  readonly track: VideoTrack;
  /** Lists the packets that follow those it listed before; none at the end. @throws {DatasetError} `codec` */
  list(): Promise<readonly VideoPacket[]>;
  /** The bytes of the packets from `packet` on. @param timestamp - of that packet, which is a key. */
  from(packet: number, timestamp: number, options?: CallOptions): AsyncGenerator<Bytes, void, undefined>;
}

// 8192 x 8192: a frame of it takes 200 MB as RGB, and no browser decodes more.
const MAX_PIXELS = 67_108_864;

/** Checks that pictures can be held. @throws {DatasetError} `codec` without pixels, `unsupported` for too many */
export function checkPixels(compression: string, width: number, height: number): void {
  if (!(width > 0 && height > 0)) throw fileError(compression, `its pictures have ${width} x ${height} pixels`);
  if (width * height <= MAX_PIXELS) return;
  throw new DatasetError(
    'unsupported',
    `The frames of the ${compression} file have ${width} x ${height} pixels; up to ${MAX_PIXELS} can be decoded. ` +
      'Read the file with encoded() or toBlob().',
    { feature: `frames of ${width} x ${height} pixels` },
  );
}

/** Opens the video track of a file. @throws {DatasetError} `codec` when there is none, or the file is damaged */
export async function openPackets(compression: string, source: ByteSource): Promise<VideoPackets> {
  const packets =
    compression === 'avi'
      ? await (await import('./avi-packets.js')).openAvi(source)
      : await (await import('./mediabunny-packets.js')).openMediabunny(compression, source);
  checkPixels(compression, packets.track.width, packets.track.height);
  return packets;
}
