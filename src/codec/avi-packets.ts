/** The coded frames of AVI files. They are numbered as they lie in the file: AVI does not tell when they are shown. */

import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { type AviVideo, readAvi } from './avi-index.js';
import { isAvc, isHevc, isKeyPacket, unitStarts } from './video-keys.js';
import type { VideoPacket, VideoPackets, VideoTrack } from './video-packets.js';

// Of frames that no index tells of, so many bytes are looked at.
const PEEK = 256;
// Frames nearer to each other than this are read at once, up to READ bytes.
const GAP = 4096;
const READ = 262_144;

/** Opens the first video stream of an AVI file. */
export async function openAvi(source: ByteSource): Promise<VideoPackets> {
  const video = await readAvi(source);
  const [first] = video.chunks;
  const start = first && first.length > 0 ? await source.read(first.at, first.at + first.length) : new Uint8Array();
  const track = trackOf(video, start);
  return new AviPackets(source, video, track);
}

function trackOf({ width, height, fourcc, extra }: AviVideo, first: Bytes): VideoTrack {
  const codec = codecOf(fourcc, extra, first);
  const config = codec === undefined ? undefined : { codec, codedWidth: width, codedHeight: height };
  // Start codes between the units need no description; what is no avcC would be taken for one.
  const description = extra?.[0] === 1 ? { description: extra } : {};
  return {
    width,
    height,
    codec: codec ?? fourcc,
    config: config && { ...config, ...description },
    fourcc: isAvc(fourcc) ? 'H264' : isHevc(fourcc) ? 'HEVC' : fourcc,
    extra,
    timed: false,
  };
}

/** The WebCodecs name of a codec; undefined when it has none. */
function codecOf(fourcc: string, extra: Bytes | undefined, first: Bytes): string | undefined {
  if (isAvc(fourcc)) {
    const set = extra?.[0] === 1 ? extra.subarray(1, 4) : parameterSet(first);
    return set && `avc1.${[...set].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }
  // Decoders read profile and level from the frames: the usual ones stand for all.
  if (isHevc(fourcc)) return 'hev1.1.6.L120.90';
  if (/^vp80$/i.test(fourcc)) return 'vp8';
  if (/^vp90$/i.test(fourcc)) return 'vp09.00.51.08';
  return /^av01$/i.test(fourcc) ? 'av01.0.08M.08' : undefined;
}

/** Profile, constraints and level of H.264, from the sequence parameter set of the first frame. */
function parameterSet(bytes: Bytes): Bytes | undefined {
  for (const start of unitStarts(bytes, 0)) {
    if (((bytes[start] ?? 0) & 31) === 7) return bytes.subarray(start + 1, start + 4);
  }
  return undefined;
}

class AviPackets implements VideoPackets {
  readonly compression = 'avi';
  readonly track: VideoTrack;
  readonly #source: ByteSource;
  readonly #video: AviVideo;
  #listed = false;

  constructor(source: ByteSource, video: AviVideo, track: VideoTrack) {
    this.#source = source;
    this.#video = video;
    this.track = track;
  }

  async list(): Promise<readonly VideoPacket[]> {
    if (this.#listed) return [];
    this.#listed = true;
    const { chunks, rate, scale } = this.#video;
    const duration = scale / rate;
    const packets: VideoPacket[] = [];
    for (const [i, { at, length, key }] of chunks.entries()) {
      const isKey =
        i === 0 || (key ?? isKeyPacket(this.track, await this.#source.read(at, at + Math.min(length, PEEK))));
      packets.push({ timestamp: i * duration, duration, key: isKey && length > 0, hidden: length === 0 });
    }
    return packets;
  }

  async *from(packet: number, _timestamp: number, options: CallOptions = {}): AsyncGenerator<Bytes, void, undefined> {
    const { chunks } = this.#video;
    let held: Bytes = new Uint8Array();
    let start = 0;
    for (let i = packet; i < chunks.length; i++) {
      const { at, length } = chunks[i] ?? { at: 0, length: 0 };
      if (at < start || at + length > start + held.length) {
        start = at;
        held = await this.#source.read(at, this.#runEnd(i), options);
      }
      yield held.subarray(at - start, at - start + length);
    }
  }

  /** Where to end a read that begins with a frame: frames that lie behind it are read with it. */
  #runEnd(first: number): number {
    const { chunks } = this.#video;
    const { at = 0, length = 0 } = chunks[first] ?? {};
    let end = at + length;
    for (let i = first + 1; i < chunks.length; i++) {
      const next = chunks[i];
      if (!next || next.at < end || next.at > end + GAP || next.at + next.length > at + READ) break;
      end = next.at + next.length;
    }
    return end;
  }
}
