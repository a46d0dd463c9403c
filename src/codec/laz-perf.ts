/**
 * laz-perf in WebAssembly (75 kB gzip): unpacks the points of LAZ files.
 *
 * The package's own loader is 90 kB of script that lets an instance grow to 2 GB; what little of it is needed is here.
 * Its classes announce themselves through imports (`_embind_register_…`), as places in the table of functions; an
 * announced function is called with the class's context and the object before its own arguments.
 */
import type { Bytes } from '../util/bytes.js';
import type { CodecConfig } from './types.js';
import { compileWasm } from './wasm-module.js';

/** Unpacks files with an instance that is kept between calls, and replaced after a failure. */
export interface LazPerf {
  /**
   * Unpacks the first `count` points of a whole LAZ file, of which a copy is made.
   *
   * @param take - is given some points at a time, one after another; the bytes are valid until it returns.
   * @throws {Error} when the file is damaged, or has fewer points
   */
  unpack(file: Bytes, pointBytes: number, count: number, take: (points: Bytes, first: number) => void): Promise<void>;
}

// Beyond its file an instance needs about 100 kB of models, and as much again for extra numbers of the points.
const MORE_BYTES = 64 * 2 ** 20;
// Memory of an instance never shrinks: one that grew beyond this is dropped after the call.
const KEEP_BYTES = 64 * 2 ** 20;
const PAGE = 65_536;
// Points that are unpacked between two looks at them.
const BLOCK = 1024;

/** Loads laz-perf; undefined where WebAssembly is not allowed. */
export async function loadLazPerf({ wasmUrl }: CodecConfig): Promise<LazPerf | undefined> {
  const url =
    wasmUrl === undefined
      ? new URL('../../wasm/laz-perf/decode.wasm', import.meta.url)
      : new URL('laz-perf/decode.wasm', wasmUrl);
  const module = await compileWasm(url);
  if (!module) return undefined;
  let idle: Instance | undefined;
  return {
    async unpack(file, pointBytes, count, take) {
      const instance = idle ?? (await start(module));
      idle = undefined;
      unpackWith(instance, file, pointBytes, count, take);
      if (instance.memory.buffer.byteLength <= KEEP_BYTES) idle = instance;
    },
  };
}

function unpackWith(
  { memory, malloc, free, call, construct, destruct, allow }: Instance,
  file: Bytes,
  pointBytes: number,
  count: number,
  take: (points: Bytes, first: number) => void,
): void {
  allow(file.length + MORE_BYTES);
  const input = malloc(file.length);
  const output = malloc(BLOCK * pointBytes);
  new Uint8Array(memory.buffer, input, file.length).set(file);
  const reader = construct();
  call('open', reader, input, file.length);
  if (call('getPointLength', reader) !== pointBytes) throw new Error('its points are not as long as its header tells');
  for (let first = 0; first < count; first += BLOCK) {
    const block = Math.min(BLOCK, count - first);
    for (let i = 0; i < block; i++) call('getPoint', reader, output + i * pointBytes);
    take(new Uint8Array(memory.buffer, output, block * pointBytes), first);
  }
  destruct(reader);
  free(input);
  free(output);
}

interface Instance {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): number;
  free(at: number): void;
  /** Lets the memory grow up to so many bytes. */
  allow(size: number): void;
  /** Makes an object of the class `LASZip`. */
  construct(): number;
  destruct(object: number): void;
  /** Calls a method of it. */
  call(method: string, object: number, ...args: number[]): number;
}

type Func = (...args: number[]) => number;

async function start(module: WebAssembly.Module): Promise<Instance> {
  let limit = MORE_BYTES;
  const methods = new Map<string, { readonly invoker: number; readonly context: number }>();
  const maker = { invoker: 0, context: 0, type: -1, destructor: 0 };
  let table: WebAssembly.Table | undefined;
  let memory = new WebAssembly.Memory({ initial: 0 });

  const text = (at: number): string => {
    const bytes = new Uint8Array(memory.buffer, at);
    return String.fromCharCode(...bytes.subarray(0, Math.min(64, bytes.indexOf(0))));
  };
  const nothing = (): number => 0;
  const fail = (): never => {
    throw new Error('its points are damaged or cut off');
  };
  const env: Record<string, Func> = {
    // Of the class: type, …, name (11th), destructor (13th). Of functions and constructors: the type comes first.
    _embind_register_class(...args) {
      if (text(args[10] ?? 0) === 'LASZip') Object.assign(maker, { type: args[0], destructor: args[12] });
      return 0;
    },
    _embind_register_class_constructor(type, _count, _types, _signature, invoker = 0, context = 0) {
      if (type === maker.type) Object.assign(maker, { invoker, context });
      return 0;
    },
    _embind_register_class_function(type, name = 0, _count, _types, _signature, invoker = 0, context = 0) {
      if (type === maker.type) methods.set(text(name), { invoker, context });
      return 0;
    },
    // The exception itself is never looked at: every one says that the file is not as it should be.
    __cxa_allocate_exception: (size = 0) => malloc(size + 64) + 64,
    __cxa_throw: fail,
    abort: fail,
    emscripten_memcpy_big(to = 0, from = 0, count = 0) {
      new Uint8Array(memory.buffer).copyWithin(to, from, from + count);
      return to;
    },
    emscripten_resize_heap(wanted = 0) {
      const size = wanted >>> 0;
      if (size > limit) return 0;
      memory.grow(Math.ceil((size - memory.buffer.byteLength) / PAGE));
      return 1;
    },
  };
  const imports: Record<string, Record<string, Func>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { ...imports[from], [name]: env[name] ?? nothing };
  }
  const { exports } = await WebAssembly.instantiate(module, imports);
  const own = (name: string): Func => {
    const value = exports[name];
    return typeof value === 'function' ? (...args) => Number(value(...args)) : fail;
  };
  const inTable = (at: number): Func => {
    const value: unknown = table?.get(at);
    return typeof value === 'function' ? (...args) => Number(value(...args)) : fail;
  };
  const malloc = (size: number): number => own('malloc')(size) >>> 0 || fail();
  if (exports.memory instanceof WebAssembly.Memory) memory = exports.memory;
  if (exports.__indirect_function_table instanceof WebAssembly.Table) table = exports.__indirect_function_table;
  for (const name of ['emscripten_stack_init', '__wasm_call_ctors', '_embind_initialize_bindings']) own(name)();

  const calls = new Map(
    [...methods].map(([name, { invoker, context }]) => [name, { call: inTable(invoker), context }]),
  );
  return {
    memory,
    malloc,
    free: own('free'),
    allow: (size) => (limit = size),
    construct: () => inTable(maker.invoker)(maker.context),
    destruct: (object) => inTable(maker.destructor)(object),
    call(name, object, ...args) {
      const method = calls.get(name);
      return method ? method.call(method.context, object, ...args) : fail();
    },
  };
}
