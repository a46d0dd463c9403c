/**
 * Scale factor bands of MP3, by sampling rate: where each of the 22 bands of a long block begins in its 576 values, and
 * each of the 13 of a short block in its 192.
 *
 * Source: ISO/IEC 11172-3 table B.8, 13818-3 table B.2; the rates below 16 kHz, which no standard has, as all decoders do.
 */

/** The bands of one sampling rate. */
export interface Mp3Bands {
  /** 23 positions, the last is 576. */
  readonly long: readonly number[];
  /** 14 positions, the last is 192. */
  readonly short: readonly number[];
}

const list = (text: string): readonly number[] => text.split(' ').map(Number);

const low = list('0 6 12 18 24 30 36 44 54 66 80 96 116 140 168 200 238 284 336 396 464 522 576');
const lowShort = list('0 4 8 12 18 26 36 48 62 80 104 134 174 192');

const bands: ReadonlyMap<number, Mp3Bands> = new Map([
  [
    44100,
    {
      long: list('0 4 8 12 16 20 24 30 36 44 52 62 74 90 110 134 162 196 238 288 342 418 576'),
      short: list('0 4 8 12 16 22 30 40 52 66 84 106 136 192'),
    },
  ],
  [
    48000,
    {
      long: list('0 4 8 12 16 20 24 30 36 42 50 60 72 88 106 128 156 190 230 276 330 384 576'),
      short: list('0 4 8 12 16 22 28 38 50 64 80 100 126 192'),
    },
  ],
  [
    32000,
    {
      long: list('0 4 8 12 16 20 24 30 36 44 54 66 82 102 126 156 194 240 296 364 448 550 576'),
      short: list('0 4 8 12 16 22 30 42 58 78 104 138 180 192'),
    },
  ],
  [22050, { long: low, short: list('0 4 8 12 18 24 32 42 56 74 100 132 174 192') }],
  [
    24000,
    {
      // Decoders differ in whether the band after 278 begins at 330 or 332; FFmpeg, and so Deep Lake 3.9.52, has 330.
      long: list('0 6 12 18 24 30 36 44 54 66 80 96 114 136 162 194 232 278 330 394 464 540 576'),
      short: list('0 4 8 12 18 26 36 48 62 80 104 136 180 192'),
    },
  ],
  [16000, { long: low, short: lowShort }],
  [11025, { long: low, short: lowShort }],
  [12000, { long: low, short: lowShort }],
  [
    8000,
    {
      long: list('0 12 24 36 48 60 72 88 108 132 160 192 232 280 336 400 476 566 568 570 572 574 576'),
      short: list('0 8 16 24 36 52 72 96 124 160 162 164 166 192'),
    },
  ],
]);

const none: Mp3Bands = { long: [], short: [] };

/** The bands of a sampling rate that a frame header can tell. */
export function bandsOf(sampleRate: number): Mp3Bands {
  return bands.get(sampleRate) ?? none;
}
