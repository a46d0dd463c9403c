/** libwebp in WebAssembly: a build that decodes (49 kB gzip) and one that encodes (111 kB gzip), each loaded at need. */
import { createWasmRunner, type EmscriptenModule, type WasmRunner } from './emscripten.js';
import type { CodecConfig } from './types.js';

/** The decoding build. Answers null to what it cannot read, animations among it. */
export interface WebpDecoder extends EmscriptenModule {
  decode(
    file: Uint8Array,
  ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
}

/** The encoding build. Takes RGBA and every field of {@link webpSettings}. */
export interface WebpEncoder extends EmscriptenModule {
  encode(pixels: Uint8Array, width: number, height: number, settings: Record<string, number>): Uint8Array | null;
}

/** Settings of the encoder: all that are 0 and those that are not, as libwebp and Pillow have them by default. */
export const webpSettings: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    (
      'target_size target_PSNR filter_sharpness partitions show_compressed preprocessing autofilter partition_limit ' +
      'lossless exact image_hint emulate_jpeg_size thread_level low_memory use_delta_palette use_sharp_yuv'
    )
      .split(' ')
      .map((name) => [name, 0]),
  ),
  method: 4,
  sns_strength: 50,
  filter_strength: 60,
  filter_type: 1,
  segments: 4,
  pass: 1,
  alpha_compression: 1,
  alpha_filtering: 1,
  alpha_quality: 100,
  near_lossless: 100,
};

/** Makes a runner of the decoder; nothing is loaded before the first call. */
export function createWebpDecoder({ wasmUrl }: CodecConfig): WasmRunner<WebpDecoder> {
  const url =
    wasmUrl === undefined
      ? new URL('../../wasm/webp/decode.wasm', import.meta.url)
      : new URL('webp/decode.wasm', wasmUrl);
  return createWasmRunner(url, async () => (await import('@jsquash/webp/codec/dec/webp_dec.js')).default);
}

/** Makes a runner of the encoder; nothing is loaded before the first call. */
export function createWebpEncoder({ wasmUrl }: CodecConfig): WasmRunner<WebpEncoder> {
  const url =
    wasmUrl === undefined
      ? new URL('../../wasm/webp/encode.wasm', import.meta.url)
      : new URL('webp/encode.wasm', wasmUrl);
  return createWasmRunner(url, async () => (await import('@jsquash/webp/codec/enc/webp_enc.js')).default);
}
