/** Instances of the codecs that Emscripten has built: loaded at need, kept between calls, replaced after a crash. */
import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { compileWasm } from './wasm-module.js';

/** What every build offers. */
export interface EmscriptenModule {
  readonly HEAPU8: Uint8Array;
}

/** Size and components of the picture that a coder holds, as several packages tell it. */
export interface CoderFrame {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned: boolean;
}

/** What the packages' loaders take. */
export interface EmscriptenOptions {
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ) => object;
  readonly print: () => void;
  readonly printErr: () => void;
}

/** A package's loader. */
export type EmscriptenFactory<M> = (options: EmscriptenOptions) => Promise<M>;

// Memory of an instance never shrinks (50 MB to begin with): one that grew beyond this is dropped after the call.
const keepBytes = 128 * 2 ** 20;

/** Runs calls on an instance of a build. */
export interface WasmRunner<M> {
  /**
   * Calls `work` with an instance; undefined where WebAssembly is not allowed. `work` is synchronous.
   *
   * What `work` throws is thrown, after the instance has been dropped.
   */
  run<T>(work: (module: M) => T): Promise<T | undefined>;
}

/** Makes a runner of the build at `url`, with its package's loader; nothing is loaded before the first call. */
export function createWasmRunner<M extends EmscriptenModule>(
  url: URL,
  loadFactory: () => Promise<EmscriptenFactory<M>>,
): WasmRunner<M> {
  let compiled: Promise<WebAssembly.Module | undefined> | undefined;
  let idle: M | undefined;
  return {
    async run(work) {
      compiled ??= compileWasm(url);
      compiled.catch(() => (compiled = undefined)); // a failed download may work the next time
      const module = await compiled;
      if (!module) return undefined;
      const instance = idle ?? (await instantiate(await loadFactory(), module));
      idle = undefined;
      const result = work(instance);
      if (instance.HEAPU8.byteLength <= keepBytes) idle = instance;
      return result;
    },
  };
}

async function instantiate<M>(factory: EmscriptenFactory<M>, module: WebAssembly.Module): Promise<M> {
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

/** Copies out of the memory of an instance: to the start of `into`, when that is long enough. */
export function copyOut(view: Uint8Array | Uint8ClampedArray, into?: ArrayBuffer): Bytes {
  if (!into || into.byteLength < view.length) return new Uint8Array(view);
  const copy = new Uint8Array(into, 0, view.length);
  copy.set(view);
  return copy;
}

/** The error where a codec has no way without WebAssembly. `doing` is e.g. "Reading webp". */
export function wasmForbidden(doing: string): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `${doing} needs WebAssembly, which this page forbids. Allow "wasm-unsafe-eval" in its policy.`,
    { feature: 'WebAssembly' },
  );
}
