/** libjpeg-turbo in WebAssembly with SIMD: one build that decodes (47 kB gzip), one that encodes (27 kB), each loaded at need. */
import type { Bytes } from '../util/bytes.js';
import {
  copyOut,
  createWasmRunner,
  type EmscriptenFactory,
  type EmscriptenModule,
  type WasmRunner,
} from './emscripten.js';
import type { CodecConfig } from './types.js';

/** Decoded planes, interleaved: `[height, width, components]`. */
export interface JpegPixels {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly data: Bytes;
}

/** An instance of the decoder. Throws a fault ({@link reasonOfFault}) where libjpeg-turbo has an error or a warning. */
export interface TurboDecoder extends EmscriptenModule {
  /** Decodes a file of one component, or of three to RGB. @param into - memory for the pixels */
  decode(file: Bytes, into?: ArrayBuffer): JpegPixels;
}

/** An instance of the encoder. */
export interface TurboEncoder extends EmscriptenModule {
  /** Encodes gray pixels, or RGB with its chroma halved both ways. Sizes are checked by the caller. */
  encode(pixels: JpegPixels, quality: number): Bytes;
}

/** What an instance throws: the number of a message in libjpeg-turbo's jerror.h. */
interface TurboFault {
  readonly code: number;
}

// JERR_OUT_OF_MEMORY of libjpeg-turbo 2.1
const outOfMemory = 54;

/** Tells a fault of libjpeg-turbo from other errors: its reason in words, undefined for the others. */
export function reasonOfFault(error: unknown): string | undefined {
  const isFault = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number';
  if (isFault && error.code === outOfMemory) return 'it needs more memory than there is';
  return isFault || error instanceof WebAssembly.RuntimeError ? 'its pixels are damaged or cut off' : undefined;
}

/** The exports of wasm/libjpeg-turbo/source. Positions and lengths are in bytes. */
interface TurboExports {
  readonly memory: WebAssembly.Memory;
  /** Makes room for what is worked on. */
  readonly input: (length: number) => number;
  /** Gives the position of width, height, components and position of the pixels, 32 bits each. */
  readonly decode: (length: number) => number;
  /** Gives the position of position and length of the file, 32 bits each. */
  readonly encode: (width: number, height: number, components: number, quality: number) => number;
}

/** Makes a runner of the decoder; nothing is loaded before the first call. */
export function createTurboDecoder({ wasmUrl }: CodecConfig): WasmRunner<TurboDecoder> {
  const url =
    wasmUrl === undefined
      ? new URL('../../wasm/libjpeg-turbo/decode.wasm', import.meta.url)
      : new URL('libjpeg-turbo/decode.wasm', wasmUrl);
  return createWasmRunner(url, async () =>
    instantiate((turbo) => ({ decode: (file, into) => decode(turbo, file, into) })),
  );
}

/** Makes a runner of the encoder; nothing is loaded before the first call. */
export function createTurboEncoder({ wasmUrl }: CodecConfig): WasmRunner<TurboEncoder> {
  const url =
    wasmUrl === undefined
      ? new URL('../../wasm/libjpeg-turbo/encode.wasm', import.meta.url)
      : new URL('libjpeg-turbo/encode.wasm', wasmUrl);
  return createWasmRunner(url, async () =>
    instantiate((turbo) => ({ encode: (pixels, quality) => encode(turbo, pixels, quality) })),
  );
}

/** A loader, as those of Emscripten are. */
function instantiate<M>(offer: (turbo: TurboExports) => M): EmscriptenFactory<M & EmscriptenModule> {
  return ({ instantiateWasm }) =>
    new Promise((resolve) => {
      let turbo: TurboExports | undefined;
      const env = {
        fail(code: number): never {
          throw { code } satisfies TurboFault; // ends the call from within
        },
        grow(pages: number): boolean {
          try {
            turbo?.memory.grow(pages);
            return true;
          } catch {
            return false;
          }
        },
      };
      instantiateWasm({ env }, ({ exports }) => {
        const ready = exports as unknown as TurboExports;
        turbo = ready;
        resolve({
          ...offer(ready),
          get HEAPU8() {
            return new Uint8Array(ready.memory.buffer);
          },
        });
      });
    });
}

function put({ memory, input }: TurboExports, bytes: Bytes): void {
  const at = input(bytes.length);
  new Uint8Array(memory.buffer, at).set(bytes);
}

function decode(turbo: TurboExports, file: Bytes, into: ArrayBuffer | undefined): JpegPixels {
  put(turbo, file);
  const at = turbo.decode(file.length);
  const [width = 0, height = 0, components = 0, data = 0] = new Uint32Array(turbo.memory.buffer, at, 4);
  const pixels = new Uint8Array(turbo.memory.buffer, data, width * height * components);
  return { width, height, components, data: copyOut(pixels, into) };
}

function encode(turbo: TurboExports, { data, width, height, components }: JpegPixels, quality: number): Bytes {
  put(turbo, data);
  const at = turbo.encode(width, height, components, quality);
  const [start = 0, length = 0] = new Uint32Array(turbo.memory.buffer, at, 2);
  return copyOut(new Uint8Array(turbo.memory.buffer, start, length));
}
