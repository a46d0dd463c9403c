/** CharLS in WebAssembly, the build that decodes (46 kB gzip), loaded at need. */
import { type CoderFrame, createWasmRunner, type EmscriptenModule, type WasmRunner } from './emscripten.js';
import type { CodecConfig } from './types.js';

/** One instance of the build. Buffers are views of its memory, valid until the next call. Throws numbers. */
export interface CharLs extends EmscriptenModule {
  readonly JpegLSDecoder: new () => {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getFrameInfo(): CoderFrame;
    /** Values of up to 8 bits as bytes, of more as little-endian 16 bits; planes where they are coded one by one. */
    getDecodedBuffer(): Uint8Array;
    delete(): void;
  };
}

/** Makes a runner of the decoder; nothing is loaded before the first call. */
export function createCharLsDecoder({ wasmUrl }: CodecConfig): WasmRunner<CharLs> {
  const url =
    wasmUrl === undefined
      ? new URL('../../wasm/charls/decode.wasm', import.meta.url)
      : new URL('charls/decode.wasm', wasmUrl);
  return createWasmRunner(url, async () => (await import('@cornerstonejs/codec-charls/decodewasmjs')).default);
}
