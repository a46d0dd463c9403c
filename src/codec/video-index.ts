/** Numbers the frames of a video as they are shown, from packets that come as they are decoded. */
import type { CallOptions } from '../store/types.js';
import { abortable } from '../util/abort.js';
import type { VideoPacket, VideoPackets } from './video-packets.js';

/**
 * The frames of a video in the order in which they are shown. Packets are listed no further than is asked for.
 *
 * A frame has its final number once two key frames that follow it have been seen: the pictures behind a key frame may
 * be shown before it, but not before the key frame that precedes it.
 */
export class VideoIndex {
  readonly packets: VideoPacket[] = [];
  readonly #source: VideoPackets;
  readonly #order: number[] = []; // numbers of packets, as they are shown
  readonly #keys: number[] = []; // numbers of packets
  #isWhole = false;
  #listing: Promise<void> | undefined;

  constructor(source: VideoPackets) {
    this.#source = source;
  }

  /** Number of all frames. Lists all packets. */
  async count(options?: CallOptions): Promise<number> {
    return this.reach(Infinity, options);
  }

  /** Lists packets until the first `frames` frames are numbered for good. @returns how many are, at most `frames` */
  async reach(frames: number, options?: CallOptions): Promise<number> {
    while (!this.#isWhole && this.#settled() < frames) {
      options?.signal?.throwIfAborted();
      this.#listing ??= this.#grow().finally(() => {
        this.#listing = undefined;
      });
      await abortable(this.#listing, options?.signal);
    }
    return Math.min(frames, this.#isWhole ? this.#order.length : this.#settled());
  }

  /** The packet of a frame, which {@link reach} has numbered. */
  packetOf(frame: number): number {
    return this.#order[frame] ?? -1;
  }

  /** When a frame is shown, in seconds. */
  timeOf(frame: number): number {
    return this.packets[this.packetOf(frame)]?.timestamp ?? 0;
  }

  /** The frame of a packet; -1 for packets that show nothing. */
  frameOf(packet: number): number {
    const at = this.#search(packet);
    return this.#order[at] === packet ? at : -1;
  }

  /** The last key packet that is shown no later than a frame, and lies before packet `below`; -1 when there is none. */
  keyFor(frame: number, below = Infinity): number {
    const time = this.timeOf(frame);
    const own = this.packetOf(frame);
    for (let i = this.#keys.length - 1; i >= 0; i--) {
      const key = this.#keys[i] ?? -1;
      if (key < below && key <= own && (this.packets[key]?.timestamp ?? 0) <= time) return key;
    }
    return -1;
  }

  /** The first key packet behind a packet, or the number of packets. */
  keyAfter(packet: number): number {
    return this.#keys.find((key) => key > packet) ?? this.packets.length;
  }

  /** Numbers of the frames of key packets. */
  keyFrames(): number[] {
    return this.#keys.map((key) => this.frameOf(key)).filter((frame) => frame >= 0);
  }

  async #grow(): Promise<void> {
    const more = await this.#source.list();
    if (more.length === 0) this.#isWhole = true;
    for (const packet of more) {
      const number = this.packets.push(packet) - 1;
      if (packet.key) this.#keys.push(number);
      if (!packet.hidden) this.#order.splice(this.#search(number), 0, number);
    }
  }

  /** Where a packet belongs among the frames: by time, then by number. */
  #search(packet: number): number {
    const time = this.packets[packet]?.timestamp ?? 0;
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#order[middle] ?? 0;
      const shown = this.packets[other]?.timestamp ?? 0;
      if (shown < time || (shown === time && other < packet)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #settled(): number {
    const key = this.#keys.at(-2);
    return key === undefined ? 0 : this.#search(key) + 1;
  }
}
