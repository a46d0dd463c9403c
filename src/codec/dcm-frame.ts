/** What the decoders of coded DICOM frames share. */
import { DatasetError } from '../errors.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import type { WasmRunner } from './emscripten.js';
import { fileError } from './file-view.js';
import type { CodecConfig } from './types.js';

/** What the data set tells of each frame. */
export interface FrameForm {
  readonly rows: number;
  readonly columns: number;
  /** Values of a pixel. */
  readonly channels: number;
  /** Bits that a value takes in memory: 8, 16, 32 or 64. */
  readonly bits: number;
  /** Whether values have a sign. */
  readonly signed: boolean;
  /** Photometric interpretation, such as `YBR_FULL_422`. */
  readonly photometric: string;
}

/** The values of a frame, pixel by pixel: as many as its form tells, and none of more bits; or their bytes, little-endian. */
export type FrameValues = Uint8Array | Uint16Array | Int16Array;

/**
 * Decodes a frame.
 *
 * @throws {DatasetError} `codec` when it is damaged or of another form, which is checked before memory is taken;
 * `unsupported` for what is valid and cannot be decoded.
 */
export type DecodeFrame = (frame: Bytes, form: FrameForm, config: CodecConfig) => Awaitable<FrameValues>;

/** Checks what a coded frame tells of itself against its data set. @throws {DatasetError} `codec` */
export function checkFrame(
  form: FrameForm,
  got: { readonly width: number; readonly height: number; readonly components: number; readonly bits: number },
): void {
  const expected = `${form.rows} x ${form.columns} x ${form.channels}`;
  const found = `${got.height} x ${got.width} x ${got.components}`;
  if (expected !== found) throw fileError('dcm', `expected frames of ${expected}, got ${found}`);
  if (got.bits < 1 || got.bits > Math.min(form.bits, 16)) {
    throw fileError('dcm', `expected frames of up to ${Math.min(form.bits, 16)} bits, got ${got.bits}`);
  }
}

/** Makes the error of pixels that are valid and cannot be decoded. `what` completes "The pixels … are ". */
export function cannotDecode(what: string, feature: string): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `The pixels of the dcm file are ${what}, which cannot be decoded by this version. Read the file with encoded() or toBlob().`,
    { feature },
  );
}

/** Keeps one runner of a build for each configuration, so that its instance lives from frame to frame. */
export function keptRunner<M>(create: (config: CodecConfig) => WasmRunner<M>): (config: CodecConfig) => WasmRunner<M> {
  const runners = new WeakMap<CodecConfig, WasmRunner<M>>();
  return (config) => {
    const runner = runners.get(config) ?? create(config);
    runners.set(config, runner);
    return runner;
  };
}

/** Whether a build gave up: it throws a pointer to its message, and gives no way to read it, or it crashed. */
export function isWasmFailure(error: unknown): boolean {
  return typeof error === 'number' || error instanceof WebAssembly.RuntimeError;
}

/** Values in memory of their own: bytes for up to 8 bits, else little-endian numbers of 16. */
export function valuesFromBytes(bytes: Bytes, bits: number): Uint8Array | Uint16Array {
  if (bits <= 8) return bytes;
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
}
