import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from 'mediabunny';
import { createDataset, type Dataset, read, type VideoSample, video } from '../src/index.js';
import { memoryStore } from '../src/stores.js';
import { type Benchmark, check, median, seededIndexes, timed } from './benchmark.js';

const FRAMES = 300;
const WIDTH = 640;
const HEIGHT = 360;
const GROUP = 60; // frames from a key frame to the next
const SEEKS = 20;

/** A video as a file, and as the chunks that are in it. */
interface Video {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly chunks: readonly EncodedVideoChunk[];
  readonly config: VideoDecoderConfig;
}

/** Encodes a moving scene. */
async function makeVideo(): Promise<Video> {
  const chunks: EncodedVideoChunk[] = [];
  let config: VideoDecoderConfig | undefined;
  let failure: unknown;
  const encoder = new VideoEncoder({
    output(chunk, meta) {
      chunks.push(chunk);
      config ??= meta?.decoderConfig;
    },
    error(error) {
      failure = error;
    },
  });
  encoder.configure({ codec: 'vp09.00.30.08', width: WIDTH, height: HEIGHT, bitrate: 1_500_000, framerate: 30 });
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d');
  check(context !== null, 'a canvas');
  for (let i = 0; i < FRAMES; i++) {
    const slope = context.createLinearGradient(0, 0, WIDTH, HEIGHT);
    slope.addColorStop(0, `hsl(${i} 60% 40%)`);
    slope.addColorStop(1, `hsl(${i + 120} 60% 60%)`);
    context.fillStyle = slope;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    for (let box = 0; box < 40; box++) {
      context.fillStyle = `hsl(${box * 9} 80% 50%)`;
      context.fillRect((box * 97 + i * (1 + (box % 5))) % WIDTH, (box * 53) % HEIGHT, 24, 24);
    }
    const frame = new VideoFrame(canvas, { timestamp: Math.round((i * 1e6) / 30), duration: 33_333 });
    encoder.encode(frame, { keyFrame: i % GROUP === 0 });
    frame.close();
    if (encoder.encodeQueueSize > 20)
      await new Promise((resolve) => encoder.addEventListener('dequeue', resolve, { once: true }));
  }
  await encoder.flush();
  encoder.close();
  check(failure === undefined && config !== undefined && chunks.length === FRAMES, 'an encoded video');
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target });
  const source = new EncodedVideoPacketSource('vp9');
  output.addVideoTrack(source, { frameRate: 30 });
  await output.start();
  for (const chunk of chunks) await source.add(EncodedPacket.fromEncodedChunk(chunk), { decoderConfig: config });
  await output.finalize();
  check(target.buffer !== null, 'a file');
  return { file: new Uint8Array(target.buffer), chunks, config };
}

/** Decodes chunks with nothing but the platform, `AHEAD` in the decoder at a time, and calls `use` for each frame. */
async function decodeBare(
  { config }: Video,
  chunks: readonly EncodedVideoChunk[],
  use: (frame: VideoFrame) => void | Promise<void>,
): Promise<void> {
  const uses: Promise<void>[] = [];
  let failure: unknown;
  const decoder = new VideoDecoder({
    output: (frame) => uses.push(Promise.resolve(use(frame)).finally(() => frame.close())),
    error(error) {
      failure = error;
    },
  });
  decoder.configure(config);
  for (const chunk of chunks) {
    if (decoder.decodeQueueSize > 8)
      await new Promise((resolve) => decoder.addEventListener('dequeue', resolve, { once: true }));
    decoder.decode(chunk);
  }
  await decoder.flush();
  await Promise.all(uses);
  decoder.close();
  check(failure === undefined && uses.length === chunks.length, `all ${chunks.length} frames`);
}

async function copyRgba(frame: VideoFrame): Promise<void> {
  const pixels = new Uint8Array(frame.allocationSize({ format: 'RGBA' }));
  await frame.copyTo(pixels, { format: 'RGBA' });
}

function benchmark(
  facts: Pick<Benchmark, 'title' | 'peerTitle' | 'unit'>,
  measure: (side: 'ours' | 'peer', video: Video, sample: VideoSample, round: number) => Promise<number>,
): Benchmark {
  let made: Video | undefined;
  let ds: Dataset | undefined;
  return {
    ...facts,
    rounds: 7,
    async prepare() {
      made = await makeVideo();
      const created = await createDataset(memoryStore(), { clips: video({ sampleCompression: 'mp4' }) });
      await created.append({ clips: read(made.file) });
      ds = created;
      await this.measure('ours', 0);
    },
    async measure(side, round) {
      check(made !== undefined && ds !== undefined, 'a video');
      const { clips } = (await ds.at(0)) as { readonly clips: VideoSample };
      return measure(side, made, clips, round);
    },
    async cleanUp() {
      await ds?.close();
    },
  };
}

const size = `${WIDTH} x ${HEIGHT} VP9`;

/** All frames in order as the platform's pictures, against the platform alone. */
export const videoSequential = (): Benchmark =>
  benchmark(
    {
      title: `${FRAMES} frames of ${size} in an MP4, videoFrames()`,
      peerTitle: 'VideoDecoder on chunks held in memory',
      unit: 'frames/s',
    },
    async (side, made, sample) => {
      let count = 0;
      const ms = await timed(async () => {
        if (side === 'peer') await decodeBare(made, made.chunks, () => void count++);
        else {
          for await (const { frame } of sample.videoFrames()) {
            frame.close();
            count++;
          }
        }
      });
      check(count === FRAMES, `${count} frames`);
      return (count / ms) * 1000;
    },
  );

/** All frames in order as RGB arrays, against the platform with its own conversion to RGBA. */
export const videoRgb = (): Benchmark =>
  benchmark(
    {
      title: `${FRAMES} frames of ${size} in an MP4, frames() as RGB arrays`,
      peerTitle: 'VideoDecoder, copyTo with format RGBA',
      unit: 'frames/s',
    },
    async (side, made, sample) => {
      let count = 0;
      const ms = await timed(async () => {
        if (side === 'peer') {
          await decodeBare(made, made.chunks, async (frame) => {
            await copyRgba(frame);
            count++;
          });
        } else {
          for await (const { array } of sample.frames()) if (array.data.length === WIDTH * HEIGHT * 3) count++;
        }
      });
      check(count === FRAMES, `${count} frames`);
      return (count / ms) * 1000;
    },
  );

/** A frame at random as RGB, against the platform on the chunks from its key frame on. */
export const videoSeek = (): Benchmark =>
  benchmark(
    {
      title: `one frame at random of ${FRAMES}, ${size}, key frames ${GROUP} apart, frame() as RGB`,
      peerTitle: 'VideoDecoder on exactly the chunks needed, copyTo with format RGBA',
      unit: 'ms',
    },
    async (side, made, sample, round) => {
      const next = seededIndexes(round);
      const times: number[] = [];
      for (let i = 0; i < SEEKS; i++) {
        const index = next(FRAMES);
        times.push(
          await timed(async () => {
            if (side === 'ours') {
              check((await sample.frame(index)).data.length === WIDTH * HEIGHT * 3, `frame ${index}`);
              return;
            }
            const first = index - (index % GROUP);
            let seen = first;
            await decodeBare(made, made.chunks.slice(first, index + 1), async (frame) => {
              if (seen++ === index) await copyRgba(frame);
            });
          }),
        );
      }
      return median(times);
    },
  );
