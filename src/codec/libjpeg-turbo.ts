/** libjpeg-turbo in WebAssembly: one build that decodes (97 kB gzip), one that encodes (133 kB gzip), each loaded at need. */
import { createWasmRunner, type WasmRunner } from './emscripten.js';
import type { CodecConfig } from './types.js';

/** Size and components of the picture that a coder holds. */
export interface TurboFrame {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned: boolean;
}

/** The package's decoder. Buffers are views of its memory, valid until the next call. Throws numbers. */
export interface TurboDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getFrameInfo(): TurboFrame;
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

/** The package's encoder. */
export interface TurboEncoder {
  getDecodedBuffer(frame: TurboFrame): Uint8Array;
  setQuality(quality: number): void;
  setSubSampling(code: number): void;
  setProgressive(on: boolean): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

/** One instance of a build. */
export interface Turbo {
  readonly HEAPU8: Uint8Array;
  readonly JPEGDecoder: new () => TurboDecoder;
  readonly JPEGEncoder: new () => TurboEncoder;
}

/** Runs calls on an instance of a build. */
export type TurboRunner = WasmRunner<Turbo>;

/** Makes a runner of the decoding or the full build; nothing is loaded before the first call. */
export function createTurboRunner(build: 'decode' | 'full', config: CodecConfig): TurboRunner {
  return createWasmRunner(urlOf(build, config), async () => {
    const { default: factory } =
      build === 'decode'
        ? await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs')
        : await import('@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs');
    return factory;
  });
}

function urlOf(build: 'decode' | 'full', { wasmUrl }: CodecConfig): URL {
  if (wasmUrl !== undefined) return new URL(`libjpeg-turbo/${build}.wasm`, wasmUrl);
  // Literal, so that bundlers see and copy the files.
  return build === 'decode'
    ? new URL('../../wasm/libjpeg-turbo/decode.wasm', import.meta.url)
    : new URL('../../wasm/libjpeg-turbo/full.wasm', import.meta.url);
}
