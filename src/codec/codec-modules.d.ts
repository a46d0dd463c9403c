// Types of packages that bring none: only what is used here.

declare module '@jsquash/webp/codec/dec/webp_dec.js' {
  const factory: import('./emscripten.js').EmscriptenFactory<import('./libwebp.js').WebpDecoder>;
  export default factory;
}

declare module '@jsquash/webp/codec/enc/webp_enc.js' {
  const factory: import('./emscripten.js').EmscriptenFactory<import('./libwebp.js').WebpEncoder>;
  export default factory;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: import('./emscripten.js').EmscriptenFactory<import('./openjpeg.js').OpenJpeg>;
  export default factory;
}

declare module '@cornerstonejs/codec-openjpeg/wasmjs' {
  const factory: import('./emscripten.js').EmscriptenFactory<import('./openjpeg.js').OpenJpeg>;
  export default factory;
}

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: import('./emscripten.js').EmscriptenFactory<import('./dcm-charls.js').CharLs>;
  export default factory;
}

declare module 'jpeg2000' {
  export class JpxImage {
    failOnCorruptedImage: boolean;
    parse(data: Uint8Array): void;
    readonly tiles: readonly {
      readonly left: number;
      readonly top: number;
      readonly width: number;
      readonly height: number;
      readonly items: Uint8ClampedArray;
    }[];
  }
}
