import { expect, test } from 'vitest';
import type { Bytes } from '../util/bytes.js';
import { detectCompression } from './detect.js';

const latin1 = (text: string, length = 0): Bytes => {
  const bytes = new Uint8Array(Math.max(text.length, length));
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
};
const at = (offset: number, text: string, first = ''): Bytes => latin1(first.padEnd(offset, '\0') + text, 512);

test.each<[string | undefined, Bytes]>([
  ['jpeg', latin1('\xff\xd8\xff\xe0\0\x10JFIF')],
  ['png', latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
  ['webp', latin1('RIFF\x10\x20\x0a\xffWEBPVP8 ')],
  ['gif', latin1('GIF89a')],
  ['mp4', latin1('\0\0\0\x20ftypisom')],
  ['mp4', latin1('\0\0\0\x18ftypmp42')],
  ['mkv', latin1('\x1a\x45\xdf\xa3')],
  ['mp3', latin1('\xff\xfb\x90')],
  ['mp3', latin1('ID3\x04')],
  ['flac', latin1('fLaC')],
  ['wav', latin1('RIFF\0\0\n\0WAVEfmt ')],
  ['avi', latin1('RIFF\0\0\0\0AVI LIST')],
  ['dcm', at(128, 'DICM')],
  ['nii', at(344, 'n+1\0', '\x5c\x01\0\0')],
  ['las', latin1('LASF')],
  ['ply', latin1('ply\nformat ascii')],
  ['stl', latin1('solid box')],
  ['tiff', latin1('II\x2a\0')],
  ['tiff', latin1('MM\0\x2a')],
  ['jpeg2000', latin1('\0\0\0\x0cjP  \r\n\x87\n')],
  ['bmp', latin1('BM')],
  ['ico', latin1('\0\0\x01\0\x01\0')],
  ['eps', latin1('%!PS-Adobe')],
  ['wmf', latin1('\xd7\xcd\xc6\x9a\0\0')],
  ['ppm', latin1('P6 2 2 255\n')],
  ['sgi', latin1('\x01\xda\x01\x01')],
  ['msp', latin1('DanM')],
  ['xbm', latin1('#define im_width 3\n')],
  ['fli', latin1('\0\0\0\0\x12\xaf\x01\0\x04\0\x04\0\x08\0\x03\0')],
  ['im', latin1('Image type: L image\r\n')],
  ['dib', latin1('\x28\0\0\0\x04\0\0\0\x04\0\0\0\x01\0\x18\0')],
  ['pcx', latin1('\x0a\x05\x01\x08')],
  ['tga', latin1('\0\0\x02\0\0\0\0\0\0\0\0\0\x04\0\x04\0\x18\x20')],
  [undefined, latin1('hello, this is text')],
  [undefined, latin1('')],
  [undefined, new Uint8Array(512)],
])('%s is told by its first bytes', (name, head) => {
  expect(detectCompression(head)).toBe(name);
});

test('the extension decides for audio, video and volumes, not for images', () => {
  const jpeg = latin1('\xff\xd8\xff\xe0');
  expect(detectCompression(jpeg, 'a.png')).toBe('jpeg');
  expect(detectCompression(jpeg, 'https://x.org/a.MP3?b=c.png#d')).toBe('mp3');
  expect(detectCompression(jpeg, 'brain.nii.gz')).toBe('nii.gz');
  expect(detectCompression(jpeg, 'brain.nii')).toBe('nii');
  expect(detectCompression(latin1('text'), 'photo.jpg')).toBeUndefined();
});
