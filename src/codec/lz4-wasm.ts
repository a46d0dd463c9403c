/** `lz4-wasm`, bound by hand: its own glue imports the .wasm file, which Node and most bundlers refuse. */
import type { Bytes } from '../util/bytes.js';
import { lz4WasmBase64 } from './lz4-wasm-bytes.js';

interface Lz4Exports {
  readonly memory: WebAssembly.Memory;
  /** Writes pointer and length to `result`; frees the input. */
  readonly compress: (result: number, pointer: number, length: number) => void;
  readonly __wbindgen_add_to_stack_pointer: (delta: number) => number;
  readonly __wbindgen_malloc: (length: number) => number;
  readonly __wbindgen_free: (pointer: number, length: number) => void;
}

// WebAssembly memory never shrinks: an instance that grew beyond this is dropped after the call.
const keepBytes = 64 * 2 ** 20;

// The compiled module and an idle instance are caches without meaning of their own: null = WebAssembly is refused.
let module: WebAssembly.Module | null | undefined;
let idle: Lz4Exports | undefined;

function instance(): Lz4Exports | undefined {
  if (module === undefined) {
    try {
      module = new WebAssembly.Module(Uint8Array.from(atob(lz4WasmBase64), (char) => char.charCodeAt(0)));
    } catch {
      module = null; // refused by the page's policy, or (in old Chromium) too large to compile here
    }
  }
  if (module === null) return undefined;
  const made = new WebAssembly.Instance(module, { './lz4_wasm_bg.js': { __wbindgen_string_new: () => 0 } });
  return made.exports as unknown as Lz4Exports;
}

/**
 * Compresses bytes to u32 size and block. The result owns its memory.
 *
 * @returns undefined where WebAssembly cannot do it (refused, or out of memory), so JavaScript has to.
 */
export function compressByWasm(bytes: Bytes): Bytes | undefined {
  const wasm = idle ?? instance();
  idle = undefined; // an instance that throws stays dropped
  if (!wasm) return undefined;
  let out: Bytes;
  try {
    const result = wasm.__wbindgen_add_to_stack_pointer(-16);
    const input = wasm.__wbindgen_malloc(bytes.length);
    new Uint8Array(wasm.memory.buffer).set(bytes, input);
    wasm.compress(result, input, bytes.length);
    const view = new DataView(wasm.memory.buffer);
    const pointer = view.getUint32(result, true);
    const length = view.getUint32(result + 4, true);
    out = new Uint8Array(wasm.memory.buffer.slice(pointer, pointer + length));
    wasm.__wbindgen_free(pointer, length);
    wasm.__wbindgen_add_to_stack_pointer(16);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return undefined; // out of its memory
    throw error;
  }
  if (wasm.memory.buffer.byteLength <= keepBytes) idle = wasm;
  return out;
}
