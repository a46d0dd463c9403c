// Types of packages that bring none: only what is used here.

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const factory: (
    options: import('./libjpeg-turbo.js').EmscriptenOptions,
  ) => Promise<import('./libjpeg-turbo.js').Turbo>;
  export default factory;
}

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs' {
  const factory: (
    options: import('./libjpeg-turbo.js').EmscriptenOptions,
  ) => Promise<import('./libjpeg-turbo.js').Turbo>;
  export default factory;
}
