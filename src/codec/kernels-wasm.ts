/** The WebAssembly of the kernels: one instance to a thread, with a megabyte of memory that never grows. */
import { kernelsBase64 } from './kernels-bytes.js';

/**
 * The exports of wasm/kernels. Sizes and positions are in bytes.
 *
 * Nothing is kept from one call to the next but the states of inflating and of LZ4, which run to their end at once.
 */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  /** First byte of the memory that is free for what is worked on. */
  readonly workspace: WebAssembly.Global<'i32'>;
  readonly rgbaToRgb: (from: number, to: number, count: number) => void;
  readonly rgbToGray: (from: number, channels: number, to: number, count: number) => void;
  /** `layout` 0: a chroma value to each pixel, 1: to two across, 2: to two across, U and V by turns. */
  readonly yuvToRgb: (
    y: number,
    yStride: number,
    u: number,
    uStride: number,
    v: number,
    vStride: number,
    to: number,
    width: number,
    height: number,
    layout: number,
    down: number,
  ) => void;
  readonly packBits: BitKernel;
  readonly unpackBits: BitKernel;
  readonly crc32: (from: number, length: number, before: number) => number;
  /** The row above the first lies right before `to`. Gives -1, or the number of the row with an unknown filter. */
  readonly unfilter: (from: number, to: number, rows: number, rowBytes: number, pixelBytes: number) => number;
  readonly inflateStart: () => void;
  /** Goes on with a stream; the results are named in inflate.ts. */
  readonly inflateSome: (
    from: number,
    fromEnd: number,
    isFinal: boolean,
    to: number,
    toEnd: number,
    history: number,
  ) => number;
  /** Position of the next byte of the input. */
  readonly inflateRead: () => number;
  /** Whole bytes before it of which no bit was used. */
  readonly inflateHeld: () => number;
  /** End of what was written. */
  readonly inflateWritten: () => number;
  readonly lz4Start: () => void;
  /** Goes on with a block that may still write `left` bytes; the results are named in lz4-kernel.ts. */
  readonly lz4Some: (
    from: number,
    fromEnd: number,
    isFinal: boolean,
    to: number,
    toEnd: number,
    history: number,
    left: number,
  ) => number;
  /** Position of the next byte of the input. */
  readonly lz4Read: () => number;
  /** End of what was written. */
  readonly lz4Written: () => number;
}

type BitKernel = (
  from: number,
  to: number,
  width: number,
  height: number,
  stride: number,
  lowFirst: boolean,
  inverted: boolean,
) => void;

/** The kernels with their memory as bytes. */
export interface KernelInstance {
  readonly call: KernelExports;
  /** The whole memory; nothing in it is kept, so that a caller may use all from `start` on. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** First byte of the memory that is free. */
  readonly start: number;
  /** Bytes from `start` on that are free, without room for what kernels read and write beyond an end. */
  readonly room: number;
}

// Kernels read and write up to 64 bytes beyond the end of an array (wasm/kernels).
const slack = 64;

// A cache without meaning of its own: null = WebAssembly, or its SIMD, is refused.
let instance: KernelInstance | null | undefined;

/** Gives the kernels, compiled at the first call; undefined where WebAssembly or its SIMD is refused. */
export function kernelInstance(): KernelInstance | undefined {
  if (instance === undefined) {
    try {
      const module = new WebAssembly.Module(Uint8Array.from(atob(kernelsBase64), (char) => char.charCodeAt(0)));
      const call = new WebAssembly.Instance(module).exports as unknown as KernelExports;
      const bytes = new Uint8Array(call.memory.buffer as ArrayBuffer);
      const start = call.workspace.value;
      instance = { call, bytes, start, room: bytes.length - start - slack };
    } catch {
      instance = null; // refused by the page's policy, by an old engine, or (in old Chromium) as too large to compile here
    }
  }
  return instance ?? undefined;
}
