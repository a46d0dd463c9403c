/** The outline of a sound: lowest and highest value of each of many parts, between -1 and 1. */
import type { Dtype, NdArray } from '../../src/index.js';

/** Outline of each channel. */
export interface Outline {
  /** Parts of the sound. */
  readonly bins: number;
  /** Lowest value of each part, channel by channel; 1 where nothing is known yet. */
  readonly low: readonly Float32Array<ArrayBuffer>[];
  /** As `low`; -1 where nothing is known yet. */
  readonly high: readonly Float32Array<ArrayBuffer>[];
}

// Unsigned bytes have their silence in the middle; the others around zero.
const middles: Readonly<Partial<Record<Dtype, number>>> = { uint8: 128 };
const limits: Readonly<Partial<Record<Dtype, number>>> = { uint8: 128, int8: 128, int16: 32768, int32: 2147483648 };
const LOUD = 4; // floats beyond it are whole numbers of raw arrays
const LIMIT_24_BITS = 8388608; // such samples come as int32, in their own size

/** Brings a sample between -1 and 1. */
export type Scale = (value: number | bigint) => number;

/**
 * Makes the function that brings samples between -1 and 1.
 *
 * @param part - some of them: they tell 24 bits from 32, and of raw arrays what their full scale may be.
 */
export function scaleOf({ dtype, data }: NdArray): Scale {
  let peak = 0;
  for (const value of data) peak = Math.max(peak, Math.abs(Number(value)));
  const middle = middles[dtype] ?? 0;
  const limit = limits[dtype] ?? (peak > LOUD ? peak : 1);
  const own = dtype === 'int32' && peak <= LIMIT_24_BITS ? LIMIT_24_BITS : limit;
  return (value) => (Number(value) - middle) / own;
}

/** Makes an outline of which nothing is known. */
export function emptyOutline(channels: number, bins: number): Outline {
  const rows = (value: number): Float32Array<ArrayBuffer>[] =>
    Array.from({ length: channels }, () => new Float32Array(bins).fill(value));
  return { bins, low: rows(1), high: rows(-1) };
}

/** Where samples lie in a sound, and how they are scaled. */
export interface Placing {
  /** Number of the first sample. */
  readonly start: number;
  /** Samples of the whole sound. */
  readonly length: number;
  readonly scale: Scale;
}

/** Enters samples `[samples, channels]` into an outline. */
export function enterPart(outline: Outline, part: NdArray, { start, length, scale }: Placing): void {
  const [count = 0, channels = 1] = part.shape;
  for (const [channel, low] of outline.low.entries()) {
    const high = outline.high[channel];
    if (!high || channel >= channels) return;
    for (let i = 0; i < count; i++) {
      const value = scale(part.data[i * channels + channel] ?? 0);
      const bin = Math.min(outline.bins - 1, Math.floor(((start + i) / length) * outline.bins));
      if (value < (low[bin] ?? 0)) low[bin] = value;
      if (value > (high[bin] ?? 0)) high[bin] = value;
    }
  }
}

/** Paints the outline of each channel, one above the other. */
export function paintOutline(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  { bins, low, high }: Outline,
  { width, height, color }: { readonly width: number; readonly height: number; readonly color: string },
): void {
  const band = height / low.length;
  context.fillStyle = color;
  for (const [channel, lows] of low.entries()) {
    const middle = band * (channel + 0.5);
    for (let x = 0; x < width; x++) {
      const from = Math.floor((x / width) * bins);
      const to = Math.max(from + 1, Math.floor(((x + 1) / width) * bins));
      let [bottom, top] = [1, -1];
      for (let bin = from; bin < to; bin++) {
        bottom = Math.min(bottom, lows[bin] ?? 0);
        top = Math.max(top, high[channel]?.[bin] ?? 0);
      }
      if (top < bottom) continue;
      const [y, end] = [middle - top * band * 0.46, middle - bottom * band * 0.46];
      context.fillRect(x, y, 1, Math.max(1, end - y));
    }
  }
}
