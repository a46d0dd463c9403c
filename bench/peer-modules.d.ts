/** The parts that are measured of packages without types. */

declare module 'upng-js' {
  const UPNG: {
    /** `data` holds the pixels as the file has them, rows without gaps. */
    decode(file: ArrayBuffer): { readonly width: number; readonly height: number; readonly data: Uint8Array };
  };
  export default UPNG;
}
