/** OpenJPEG in WebAssembly: a build that decodes (86 kB gzip) and one that also encodes (129 kB gzip), loaded at need. */
import { type CoderFrame, createWasmRunner, type EmscriptenModule, type WasmRunner } from './emscripten.js';
import type { CodecConfig } from './types.js';

/** One instance of a build. Buffers are views of its memory, valid until the next call. Throws numbers. */
export interface OpenJpeg extends EmscriptenModule {
  readonly J2KDecoder: new () => {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getFrameInfo(): CoderFrame;
    /** Values of up to 8 bits as bytes, of more as little-endian 16 bits. */
    getDecodedBuffer(): Uint8Array;
    delete(): void;
  };
  readonly J2KEncoder: new () => {
    getDecodedBuffer(frame: CoderFrame): Uint8Array;
    setDecompositions(count: number): void;
    setQuality(lossless: boolean, rate: number): void;
    encode(): void;
    getEncodedBuffer(): Uint8Array;
    delete(): void;
  };
}

/** Makes a runner of the decoder; nothing is loaded before the first call. */
export function createOpenJpegDecoder({ wasmUrl }: CodecConfig): WasmRunner<OpenJpeg> {
  const url =
    wasmUrl === undefined
      ? new URL('../../wasm/openjpeg/decode.wasm', import.meta.url)
      : new URL('openjpeg/decode.wasm', wasmUrl);
  return createWasmRunner(url, async () => (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default);
}

/** Makes a runner of the build that encodes; nothing is loaded before the first call. */
export function createOpenJpegEncoder({ wasmUrl }: CodecConfig): WasmRunner<OpenJpeg> {
  const url =
    wasmUrl === undefined
      ? new URL('../../wasm/openjpeg/full.wasm', import.meta.url)
      : new URL('openjpeg/full.wasm', wasmUrl);
  return createWasmRunner(url, async () => (await import('@cornerstonejs/codec-openjpeg/wasmjs')).default);
}
