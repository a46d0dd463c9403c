/** The coded frames of MP4 and Matroska, by mediabunny, which reads only the parts of the file that it needs. */
import {
  CustomSource,
  type EncodedPacket,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP4,
  QTFF,
  WEBM,
} from 'mediabunny';
import { isDatasetError } from '../errors.js';
import type { CallOptions } from '../store/types.js';
import { abortable } from '../util/abort.js';
import type { ByteSource } from '../util/byte-source.js';
import { type Bytes, toBytes } from '../util/bytes.js';
import { readCodecPrivate } from './codec-private.js';
import { fileError } from './file-view.js';
import { guardMkv } from './mkv-guard.js';
import { guardMp4 } from './mp4-guard.js';
import { pagedSource } from './paged-source.js';
import type { VideoPacket, VideoPackets, VideoTrack } from './video-packets.js';

// Packets that are listed at once.
const BATCH = 256;
// The names in AVI of the codecs that browsers decode.
const fourccs: Readonly<Record<string, string>> = { avc: 'H264', hevc: 'HEVC', vp8: 'VP80', vp9: 'VP90', av1: 'AV01' };

/** Opens the first video track of an MP4 or Matroska file. */
export async function openMediabunny(compression: string, file: ByteSource): Promise<VideoPackets> {
  const pages = pagedSource(file);
  const source = compression === 'mp4' ? guardMp4(pages) : guardMkv(pages);
  const input = new Input({
    formats: [MP4, QTFF, MATROSKA, WEBM],
    source: new CustomSource({
      getSize: () => source.size,
      read: (start, end) => source.read(start, end),
      maxCacheSize: 0, // the pages are
      handleUnhandledError: () => {}, // who waits for the bytes is told
    }),
  });
  const [video] = await guard(compression, () => input.getVideoTracks());
  if (!video) throw fileError(compression, 'it has no video track');
  const track = await guard(compression, () => trackOf(compression, source, video));
  return new MediabunnyPackets(compression, source.size, track, new EncodedPacketSink(video));
}

/** Turns what mediabunny throws at damaged files into `codec` errors; those of the store pass. */
async function guard<T>(compression: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDatasetError(error)) throw error;
    // Its words are for those who write demuxers; they are in the cause.
    throw fileError(compression, 'its structure is damaged', error);
  }
}

async function trackOf(compression: string, source: ByteSource, video: InputVideoTrack): Promise<VideoTrack> {
  const [name, found, width, height] = await Promise.all([
    video.getCodec(),
    video.getDecoderConfig(),
    video.getCodedWidth(),
    video.getCodedHeight(),
  ]);
  const fourcc = name === null ? undefined : fourccs[name];
  if (!found || !fourcc) {
    const own = await readCodecPrivate(compression, source);
    const codec = String(await video.getInternalCodecId());
    const { fourcc: known = codec.slice(0, 4), extra } = own ?? {};
    return { width, height, codec, config: undefined, fourcc: known, extra, timed: true };
  }
  const extra = found.description && toBytes(asView(found.description));
  const description = extra ? { description: extra } : {};
  // Not the colours that the container tells: what the stream tells counts, as in FFmpeg.
  const config = { codec: found.codec, codedWidth: width, codedHeight: height, ...description };
  return { width, height, codec: found.codec, config, fourcc, extra, timed: true };
}

function asView(source: AllowSharedBufferSource): ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(source) ? source : new Uint8Array(source);
}

class MediabunnyPackets implements VideoPackets {
  readonly compression: string;
  readonly track: VideoTrack;
  readonly #size: number;
  readonly #sink: EncodedPacketSink;
  #last: EncodedPacket | undefined;
  #listed = 0;
  #bytes = 0; // of the packets that were listed
  #empty = 0;

  constructor(compression: string, size: number, track: VideoTrack, sink: EncodedPacketSink) {
    this.compression = compression;
    this.#size = size;
    this.track = track;
    this.#sink = sink;
  }

  list(): Promise<readonly VideoPacket[]> {
    return guard(this.compression, async () => {
      const packets: VideoPacket[] = [];
      // Of VP8 only the bytes tell which packets are shown.
      const options = { metadataOnly: this.track.fourcc !== 'VP80' };
      while (packets.length < BATCH) {
        const next = this.#last
          ? await this.#sink.getNextPacket(this.#last, options)
          : await this.#sink.getFirstPacket(options);
        if (!next) break;
        this.#check(next);
        const { timestamp, duration, type, data } = next;
        // MP4: what an edit list puts before the start is decoded and not shown, as in FFmpeg.
        const cut = this.compression === 'mp4' && timestamp < -1e-6;
        const hidden = cut || (!options.metadataOnly && ((data[0] ?? 0) & 0x10) === 0);
        packets.push({ timestamp, duration, key: type === 'key', hidden });
        this.#last = next;
        this.#listed++;
      }
      return packets;
    });
  }

  /** Tables may promise more packets than the file has bytes for. */
  #check(packet: EncodedPacket): void {
    this.#bytes += packet.byteLength;
    if (packet.byteLength === 0) this.#empty++;
    if (this.#bytes <= this.#size && this.#empty <= this.#size && Number.isFinite(packet.timestamp)) return;
    throw fileError(
      this.compression,
      `its first ${this.#listed + 1} frames are to have ${this.#bytes} bytes, of ${this.#size}`,
    );
  }

  async *from(packet: number, timestamp: number, { signal }: CallOptions = {}): AsyncGenerator<Bytes, void, undefined> {
    const next = (work: () => Promise<EncodedPacket | null>) => abortable(guard(this.compression, work), signal);
    let current = await next(() => this.#sink.getKeyPacket(timestamp));
    if (current?.type !== 'key' || current.timestamp !== timestamp)
      throw fileError(this.compression, `packet ${packet} cannot be found again`);
    while (current) {
      const last: EncodedPacket = current;
      yield toBytes(last.data);
      current = await next(() => this.#sink.getNextPacket(last));
    }
  }
}
