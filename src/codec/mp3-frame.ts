/** Reads the 4 bytes that each frame of MPEG sound begins with. Source: ISO/IEC 11172-3 §2.4.2.3, 13818-3 §2.4.2.3. */
import { DatasetError } from '../errors.js';
import { type FileView, fileError } from './file-view.js';

/** The header of one frame. */
export interface Mp3Frame {
  /** Position in the file. */
  readonly at: number;
  /** 1, 2 or 3; MP3 is 3. */
  readonly layer: number;
  /** Bytes, header included; 0 in free format, where no header tells it. */
  readonly length: number;
  /** Bits in a second; 0 in free format. */
  readonly bitRate: number;
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of each channel. */
  readonly samples: number;
  /** Whether the stream has the halved frames of MPEG-2. */
  readonly half: boolean;
  /** Whether a check sum follows. */
  readonly hasCrc: boolean;
  /** Whether the two channels are their sum and their difference. */
  readonly midSide: boolean;
  /** Whether the high bands of the second channel hold directions and no sound. */
  readonly intensity: boolean;
}

// kbit/s by index 1 to 14: layers 1, 2 and 3 of MPEG-1, then layer 1 and layers 2 and 3 of MPEG-2.
const rates = [
  '32 64 96 128 160 192 224 256 288 320 352 384 416 448',
  '32 48 56 64 80 96 112 128 160 192 224 256 320 384',
  '32 40 48 56 64 80 96 112 128 160 192 224 256 320',
  '32 48 56 64 80 96 112 128 144 160 176 192 224 256',
  '8 16 24 32 40 48 56 64 80 96 112 128 144 160',
].map((line) => line.split(' ').map(Number));
const sampleRates = [44100, 48000, 32000];

/**
 * Reads the header at a byte; undefined when there is none. Frames of free format have the length 0.
 *
 * @param offset - where the view begins in the file.
 */
export function frameAt(file: FileView, at: number, offset = 0): Mp3Frame | undefined {
  if (at + 4 > file.length) return undefined;
  const head = file.u32(at);
  if (head >>> 21 !== 0x7ff) return undefined;
  const version = (head >> 19) & 3; // 0 MPEG-2.5, 2 MPEG-2, 3 MPEG-1
  const layer = 4 - ((head >> 17) & 3);
  const rate = sampleRates[(head >> 10) & 3];
  const index = (head >> 12) & 15;
  if (version === 1 || layer === 4 || rate === undefined || index === 15) return undefined;
  const half = version !== 3;
  const bitRate = (rates[half ? (layer === 1 ? 3 : 4) : layer - 1]?.[index - 1] ?? 0) * 1000;
  const sampleRate = rate >> (version === 3 ? 0 : version === 2 ? 1 : 2);
  const samples = layer === 1 ? 384 : layer === 3 && half ? 576 : 1152;
  const slot = layer === 1 ? 4 : 1;
  const slots = Math.floor((samples * bitRate) / (8 * slot * sampleRate)) + ((head >> 9) & 1);
  const mode = (head >> 6) & 3; // 1 joint stereo, 3 one channel
  return {
    at: at + offset,
    layer,
    length: index === 0 ? 0 : slots * slot,
    bitRate,
    sampleRate,
    channels: mode === 3 ? 1 : 2,
    samples,
    half,
    hasCrc: ((head >> 16) & 1) === 0,
    midSide: mode === 1 && ((head >> 5) & 1) === 1,
    intensity: mode === 1 && ((head >> 4) & 1) === 1,
  };
}

/** Whether two frames can be of one stream. */
export function isSameKind(a: Mp3Frame, b: Mp3Frame): boolean {
  return a.layer === b.layer && a.sampleRate === b.sampleRate && a.channels === b.channels && a.half === b.half;
}

/** Makes the error that a frame is damaged; `what` goes on after "the frame at byte N". */
export function frameError({ at }: Pick<Mp3Frame, 'at'>, what: string): DatasetError<'codec'> {
  return fileError('mp3', `the frame at byte ${at} ${what}`);
}

/** Makes the error of streams that this version does not decode. */
export function unsupportedStream(feature: string): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `The mp3 file holds ${feature}, which cannot be decoded. Read it with encoded() or toBlob(), or convert it to MP3.`,
    { feature },
  );
}
