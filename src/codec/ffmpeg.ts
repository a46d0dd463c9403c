/**
 * Decodes what the platform has no decoder for with `@ffmpeg/ffmpeg` and a core that the user points to: a task of the
 * codec pool.
 */
import type { FFmpeg } from '@ffmpeg/ffmpeg';
import { DatasetError } from '../errors.js';
import { type Bytes, toBytes } from '../util/bytes.js';
import { FileView, fileError } from './file-view.js';
import type { CodecConfig, FfmpegUrls } from './types.js';
import { checkPixels } from './video-packets.js';
import { type RawPicture, tightPlanes } from './video-picture.js';

/** What the task takes. */
export interface FfmpegInput {
  /** An AVI file, which begins with a key frame. */
  readonly file: Bytes;
  /** Decoded frames to leave out. */
  readonly skip: number;
  /** Frames that are wanted behind them. */
  readonly count: number;
  /** Format and codec, for messages. */
  readonly compression: string;
  readonly codec: string;
}

const LIMIT = 120_000; // milliseconds for one call: some hundred frames
const IDLE = 30_000; // milliseconds until an instance, which has 32 MB and more, is let go

interface Instance {
  readonly ffmpeg: FFmpeg;
  /** The call that is under way: an instance does one after another. */
  last: Promise<unknown>;
  calls: number;
  idle: ReturnType<typeof setTimeout> | undefined;
  /** Whether it was let go: calls that waited for it begin again with another. */
  isDropped: boolean;
}

// One for each pool, which its settings stand for: they live as long as the worker, or the inline pool, does.
const instances = new WeakMap<FfmpegUrls, Promise<Instance>>();

/**
 * Decodes frames.
 *
 * @throws {DatasetError} `unsupported` without the URLs of a core, or where it cannot be loaded; `codec` when FFmpeg
 *   finds the frames damaged, stops in the middle, or takes longer than two minutes. The next call has an instance of its own.
 */
export async function decodeWithFfmpeg(input: FfmpegInput, config: CodecConfig): Promise<readonly RawPicture[]> {
  const { ffmpeg: urls } = config;
  if (!urls) throw noCore(input);
  for (;;) {
    const pictures = await tryDecode(input, urls);
    if (pictures) return pictures;
  }
}

/** Decodes frames; undefined when the instance ended, by another call, before it came to this one. */
async function tryDecode(input: FfmpegInput, urls: FfmpegUrls): Promise<readonly RawPicture[] | undefined> {
  const instance = await instanceOf(urls);
  clearTimeout(instance.idle);
  instance.calls++;
  const call = instance.last.then(() => (instance.isDropped ? undefined : decode(instance.ffmpeg, input)));
  instance.last = call.catch(() => {});
  try {
    return await call;
  } catch (error) {
    drop(urls, instance); // a program that stopped in the middle is of no use any more
    throw error;
  } finally {
    if (--instance.calls === 0 && !instance.isDropped) instance.idle = setTimeout(() => drop(urls, instance), IDLE);
  }
}

function instanceOf(urls: FfmpegUrls): Promise<Instance> {
  const running = instances.get(urls);
  if (running) return running;
  const loading = load(urls);
  instances.set(urls, loading);
  loading.catch(() => instances.delete(urls));
  return loading;
}

/** The error of videos that only FFmpeg could decode. */
export function noCore({
  compression,
  codec,
}: Pick<FfmpegInput, 'compression' | 'codec'>): DatasetError<'unsupported'> {
  const hasDecoder = typeof VideoDecoder !== 'undefined';
  return new DatasetError(
    'unsupported',
    hasDecoder
      ? `The frames of the ${compression} file are coded as ${codec}, which this browser does not decode. ` +
          'Serve the files of @ffmpeg/core (which is under the GPL, so it is not part of this library) from your app and ' +
          'give createCodecPool({ ffmpeg: { coreURL, wasmURL } }) their addresses, or read the file with encoded().'
      : `Frames of ${compression} files need WebCodecs, which is missing here: in Node altogether, in browsers on pages ` +
          'without https. Read the file with encoded() or toBlob().',
    { feature: `decoding ${codec} video` },
  );
}

async function load(urls: FfmpegUrls): Promise<Instance> {
  const { FFmpeg: Program } = await import('@ffmpeg/ffmpeg');
  const ffmpeg = new Program();
  const { coreURL, wasmURL, classWorkerURL } = urls;
  try {
    const options = { coreURL, wasmURL, ...(classWorkerURL !== undefined && { classWorkerURL }) };
    await withLimit(ffmpeg.load(options), 'loading it');
    return { ffmpeg, last: Promise.resolve(), calls: 0, idle: undefined, isDropped: false };
  } catch (cause) {
    ffmpeg.terminate();
    throw new DatasetError(
      'unsupported',
      `FFmpeg could not be started from ${coreURL} (${String(cause)}). Check that coreURL and wasmURL are those of the ` +
        'ESM build of @ffmpeg/core, that they can be fetched from this page, and that its policy allows workers and wasm.',
      { feature: 'decoding video with FFmpeg' },
      { cause },
    );
  }
}

function drop(urls: FfmpegUrls, instance: Instance): void {
  if (instance.isDropped) return;
  instance.isDropped = true;
  clearTimeout(instance.idle);
  instances.delete(urls); // it is the one: another is made only after it
  instance.ffmpeg.terminate();
}

async function withLimit<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${LIMIT / 1000} s`)), LIMIT);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function decode(ffmpeg: FFmpeg, { file, skip, count, compression, codec }: FfmpegInput): Promise<RawPicture[]> {
  const said: string[] = [];
  const listen = ({ message }: { readonly message: string }): void => {
    said.push(message);
    if (said.length > 20) said.shift();
  };
  ffmpeg.on('log', listen);
  try {
    await ffmpeg.writeFile('in.avi', file);
    const select = `select='between(n,${skip},${skip + count - 1})'`;
    const options = ['-map', '0:v:0', '-vf', select, '-vsync', 'passthrough', '-f', 'yuv4mpegpipe', 'out.y4m'];
    const code = await withLimit(ffmpeg.exec(['-v', 'error', '-i', 'in.avi', ...options]), 'decoding');
    if (code !== 0) throw fileError(compression, `FFmpeg cannot decode its ${codec} frames (${said.at(-1) ?? code})`);
    const out = await ffmpeg.readFile('out.y4m');
    if (typeof out === 'string') throw new TypeError('FFmpeg gave a text for frames');
    return readY4m(toBytes(out), compression);
  } catch (error) {
    throw error instanceof DatasetError ? error : fileError(compression, `FFmpeg failed (${String(error)})`, error);
  } finally {
    ffmpeg.off('log', listen);
    for (const name of ['in.avi', 'out.y4m']) await ffmpeg.deleteFile(name).catch(() => {});
  }
}

const y4mFormats: Readonly<Record<string, RawPicture['format']>> = { 420: 'I420', 422: 'I422', 444: 'I444' };

/**
 * Reads frames in the form `YUV4MPEG2 W64 H48 ... C420jpeg XCOLORRANGE=FULL`, a line, then `FRAME`, a line, and planes
 * without gaps. Source: yuv4mpeg(5) of mjpegtools.
 */
function readY4m(bytes: Bytes, compression: string): RawPicture[] {
  if (bytes.length === 0) return [];
  const view = new FileView(bytes, compression);
  const end = bytes.indexOf(10);
  const words = end < 0 ? [] : view.text(0, end).split(' ');
  const word = (letter: string): string => words.find((each) => each.startsWith(letter))?.slice(1) ?? '';
  const [width, height] = [Number(word('W')), Number(word('H'))];
  const format = y4mFormats[/^(\d+)(?!p\d)/.exec(word('C') || '420')?.[1] ?? ''];
  if (words[0] !== 'YUV4MPEG2' || !format || word('C').includes('p1'))
    throw fileError(compression, `FFmpeg gave its frames as ${words.join(' ')}`);
  checkPixels(compression, width, height);
  const fullRange = words.includes('XCOLORRANGE=FULL');
  const [, u, v] = tightPlanes({ format, width, height });
  const size = u && v ? 2 * v.offset - u.offset : 0;
  const pictures: RawPicture[] = [];
  for (let at = end + 1; at < bytes.length; at += size) {
    if (!view.has('FRAME', at)) throw fileError(compression, 'FFmpeg gave a frame without a beginning');
    at = bytes.indexOf(10, at) + 1;
    const data = bytes.slice(at, view.need(at + size)); // its own, as each is handed over by itself
    pictures.push({ format, width, height, data, fullRange });
  }
  return pictures;
}
