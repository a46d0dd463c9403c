/**
 * Decodes MP3 frames one after another to sound.
 *
 * A frame takes the first of its numbers from the frames before ("bit reservoir"), and its sound is mixed with theirs. Source:
 * ISO/IEC 11172-3 §2.4.2.7, §2.4.3.4.
 */
import type { Bytes } from '../util/bytes.js';
import { Mp3Bits } from './mp3-bits.js';
import { blockBands, readFactors, readHalfFactors } from './mp3-factors.js';
import { frameError, type Mp3Frame } from './mp3-frame.js';
import { removeAliases, reorder, SLOTS, SUBBANDS, transformBands } from './mp3-hybrid.js';
import { type Granule, numbersBegin, readSideInfo } from './mp3-side-info.js';
import { LINES, readGains, readSpectrum } from './mp3-spectrum.js';
import { mixMidSide, spreadIntensity } from './mp3-stereo.js';
import { createFilterState, type FilterState, synthesize } from './mp3-synthesis.js';

/** How far back in the numbers of earlier frames a frame can begin, in bytes: what 9 bits tell. */
export const MAX_BEFORE = 511;

/** What a channel keeps from one granule to the next. */
interface Channel {
  readonly values: Float64Array;
  readonly overlap: Float64Array;
  readonly filter: FilterState;
  factors: Uint8Array;
}

/** Decodes the frames of one stream, in their order. */
export class Mp3Decoder {
  readonly #channels: readonly Channel[];
  readonly #gains = new Float64Array(LINES);
  readonly #bands = new Float64Array(SLOTS * SUBBANDS);
  /** The numbers of the frames before, then those of this one. */
  #numbers: Bytes = new Uint8Array(0);
  #before = 0;

  /** @param channels - of all frames. */
  constructor(channels: number) {
    this.#channels = Array.from({ length: channels }, () => ({
      values: new Float64Array(LINES),
      overlap: new Float64Array(LINES),
      filter: createFilterState(),
      factors: new Uint8Array(39),
    }));
  }

  /** Keeps the numbers of a frame that is not decoded, because a later one may begin in them. */
  skip(bytes: Bytes, frame: Mp3Frame): void {
    const own = bytes.subarray(Math.min(numbersBegin(frame), bytes.length));
    const kept = this.#numbers.subarray(Math.max(0, this.#numbers.length - MAX_BEFORE));
    const numbers = new Uint8Array(kept.length + own.length);
    numbers.set(kept);
    numbers.set(own, kept.length);
    this.#numbers = numbers;
    this.#before = kept.length;
  }

  /**
   * Decodes a frame. Granules whose numbers begin before the first frame that was given are silent.
   *
   * @param bytes - of the frame.
   * @param out - gets the sound, `[samples, channels]`.
   * @throws {DatasetError} `codec` when the frame is damaged.
   */
  decode(bytes: Bytes, frame: Mp3Frame, out: Float32Array): void {
    const { before, granules } = readSideInfo(bytes, frame);
    this.skip(bytes, frame);
    const bits = new Mp3Bits(this.#numbers, 8 * (this.#before - before));
    granules.forEach((granule, number) => {
      const isSilent = bits.at < 0;
      granule.forEach((side, c) => {
        const channel = this.#channels[c];
        const end = bits.at + side.bits;
        if (channel && isSilent) channel.values.fill(0);
        else if (channel) this.#readChannel(bits, end, side, channel, frame, c);
        bits.at = end;
      });
      if (!isSilent) this.#mix(granule, frame);
      granule.forEach((side, c) => {
        const channel = this.#channels[c];
        if (channel) this.#play(side, channel, frame, out, number * LINES * frame.channels + c);
      });
    });
  }

  #readChannel(bits: Mp3Bits, end: number, side: Granule, channel: Channel, frame: Mp3Frame, c: number): void {
    const { half, sampleRate, intensity, midSide } = frame;
    if (end > 8 * this.#numbers.length) throw frameError(frame, 'has fewer bits than it tells');
    const isDirection = half && intensity && c === 1;
    channel.factors = half ? readHalfFactors(bits, side, isDirection) : readFactors(bits, side, channel.factors);
    const options = { sampleRate, emphasis: side.emphasis && !isDirection, sum: midSide && !intensity };
    readGains(side, channel.factors, blockBands(side, half), options, this.#gains);
    readSpectrum(bits, end, side, this.#gains, channel.values, frame);
  }

  #mix([, side]: readonly Granule[], frame: Mp3Frame): void {
    const [a, b] = this.#channels;
    if (!a || !b || !side) return;
    if (frame.intensity) spreadIntensity(a.values, b.values, side, b.factors, blockBands(side, frame.half), frame);
    else if (frame.midSide) mixMidSide(a.values, b.values, 0, LINES, 1);
  }

  #play(side: Granule, { values, overlap, filter }: Channel, frame: Mp3Frame, out: Float32Array, to: number): void {
    if (side.block === 2) reorder(values, blockBands(side, frame.half), frame.sampleRate);
    removeAliases(values, side.block !== 2 ? SUBBANDS - 1 : side.mixed ? 1 : 0);
    let used = LINES;
    while (used > 0 && values[used - 1] === 0) used--;
    transformBands(values, used, side, overlap, this.#bands);
    const stride = frame.channels;
    for (let slot = 0; slot < SLOTS; slot++) {
      synthesize(filter, this.#bands, SUBBANDS * slot, out, to + slot * SUBBANDS * stride, stride);
    }
  }
}
