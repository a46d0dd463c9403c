/** libjpeg-turbo in WebAssembly: one build that decodes (97 kB gzip), one that encodes (133 kB gzip), each loaded at need. */
import type { Bytes } from '../util/bytes.js';
import type { CodecConfig } from './types.js';
import { compileWasm } from './wasm-module.js';

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

/** What the package's loader takes. */
export interface EmscriptenOptions {
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ) => object;
  readonly print: () => void;
  readonly printErr: () => void;
}

// Memory of an instance never shrinks (50 MB to begin with): one that grew beyond this is dropped after the call.
const keepBytes = 128 * 2 ** 20;

/** Runs calls on an instance of a build that is kept between calls, and replaced after a crash. */
export interface TurboRunner {
  /**
   * Calls `work` with an instance; undefined where WebAssembly is not allowed. `work` is synchronous.
   *
   * What `work` throws is thrown, after the instance has been dropped.
   */
  run<T>(work: (turbo: Turbo) => T): Promise<T | undefined>;
}

/** Makes a runner of the decoding or the full build; nothing is loaded before the first call. */
export function createTurboRunner(build: 'decode' | 'full', config: CodecConfig): TurboRunner {
  let compiled: Promise<WebAssembly.Module | undefined> | undefined;
  let idle: Turbo | undefined;
  return {
    async run(work) {
      compiled ??= compileWasm(urlOf(build, config));
      compiled.catch(() => (compiled = undefined)); // a failed download may work the next time
      const module = await compiled;
      if (!module) return undefined;
      const turbo = idle ?? (await instantiate(build, module));
      idle = undefined;
      const result = work(turbo);
      if (turbo.HEAPU8.byteLength <= keepBytes) idle = turbo;
      return result;
    },
  };
}

function urlOf(build: 'decode' | 'full', { wasmUrl }: CodecConfig): URL {
  if (wasmUrl !== undefined) return new URL(`libjpeg-turbo/${build}.wasm`, wasmUrl);
  // Literal, so that bundlers see and copy the files.
  return build === 'decode'
    ? new URL('../../wasm/libjpeg-turbo/decode.wasm', import.meta.url)
    : new URL('../../wasm/libjpeg-turbo/full.wasm', import.meta.url);
}

async function instantiate(build: 'decode' | 'full', module: WebAssembly.Module): Promise<Turbo> {
  const { default: factory } =
    build === 'decode'
      ? await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs')
      : await import('@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs');
  return new Promise((resolve, reject) => {
    factory({
      instantiateWasm(imports, done) {
        WebAssembly.instantiate(module, imports).then((instance) => done(instance, module), reject);
        return {};
      },
      // Its messages go to nobody: what matters comes as an error.
      print: () => undefined,
      printErr: () => undefined,
    }).then(resolve, reject);
  });
}

/** Copies out of the memory of an instance. */
export function copyOut(view: Uint8Array): Bytes {
  return new Uint8Array(view);
}
