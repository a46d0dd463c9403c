/** Sound in a worker of a browser: the same numbers as in Node. */
import { afterAll, expect, test } from 'vitest';
import sounds from '../../e2e/fixtures/media/audio/audio.json' with { type: 'json' };
import { bytesFromNdArray } from '../format/dtypes.js';
import { byteSourceOf } from '../util/byte-source.js';
import { sha256 } from './media.contract.js';
import { createCodecPool } from './pool.js';
import { openSound } from './sound.js';

const pool = createCodecPool({ size: 1 });
afterAll(() => pool.close());

const load = async (name: string) =>
  new Uint8Array(await (await fetch(`/e2e/fixtures/media/audio/${name}`)).arrayBuffer());

test.each(['joint-44100.mp3', 'intensity-22050.mp3', 'mono-8000.mp3'] as const)(
  '%s, whole and in part',
  async (name) => {
    const bytes = await load(name);
    const expected = sounds[name];
    const sound = await openSound('mp3', byteSourceOf(bytes));
    const { data, shape } = await sound.read(0, sound.info.length, pool);
    expect(shape).toEqual([expected.length, expected.channels]);
    expected.points.forEach((point, i) => {
      expect(Math.abs(Number(data[i * expected.step]) - point)).toBeLessThan(4e-6);
    });
    const array = await pool.decode('mp3', bytes, { rows: [2000, 3000] });
    expect(array.data).toEqual(data.slice(2000 * expected.channels, 3000 * expected.channels));
    expect(bytes.length).toBeGreaterThan(0); // what was handed to the worker was a copy
  },
);

test.each(['s16-frames.flac', 's24-frames.flac', 'seek-table.flac', 's16-stereo.wav'] as const)('%s', async (name) => {
  const sound = await openSound(name.slice(-4).replace('.', ''), byteSourceOf(await load(name)));
  const whole = await sound.read(0, sound.info.length, pool);
  expect(await sha256(bytesFromNdArray(whole))).toBe(sounds[name].sha256);
  const part = await sound.read(500, 600, pool);
  expect(part.data).toEqual(whole.data.slice(1000, 1200));
});
