/** bmp: a header of 14 bytes (`BM`, u32 bytes of the file, u32 0, u32 position of the pixels), and a dib. */
import { dibModes, openDib, writeDib } from './dib.js';
import { pictureEncoder, pictureFormat } from './raster.js';

const headerSize = 14;

const encode = pictureEncoder('bmp', dibModes, 2 ** 31 - 1, (drawing) => {
  const { bytes, start } = writeDib(drawing, headerSize);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x424d); // "BM"
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, start, true);
  return bytes;
});

/** bmp as a codec. */
export const bmp = pictureFormat(
  'bmp',
  (file) => {
    file.expect(file.has('BM', 0), 'a BMP file');
    return openDib(file, headerSize, file.u32(10));
  },
  encode,
);
