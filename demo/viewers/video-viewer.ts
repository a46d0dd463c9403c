/** Shows a video frame by frame, by exact number, in every format that can be decoded; or in the browser's own player. */
import type { MediaSample, VideoSample } from '../../src/index.js';
import { button, element } from '../element.js';
import { formatCount } from '../format-text.js';
import { createChoice, createLatest, createSlider } from './controls.js';
import { FrameRun } from './frame-run.js';
import { decodedFrames, type FrameSource, RAW_RATE, rawFrames } from './frame-source.js';
import { createStageCanvas, drawFitted, fitRect } from './stage-canvas.js';
import type { Fact, PosterOptions, Stage, Viewer, ViewerHost } from './types.js';

const LARGE_STEP = 10; // frames, for the page keys

/** Shows videos. */
export const videoViewer: Viewer = {
  async open(sample, host) {
    const video = videoOf(sample);
    const { signal } = host;
    host.progress('Reading the tables of the video');
    const { timestamps, facts } = video.bytes > 0 ? await tablesOf(video, signal) : rawTables(video);
    host.facts(facts);
    if (timestamps.length === 0) throw new Error('This video has no frames.');
    host.progress('Decoding the first frame');
    const frames = new FrameRun(sourceOf(video), signal);
    try {
      await frames.show(0);
    } catch (error) {
      frames.close();
      throw error;
    }
    return stageOf(video, frames, timestamps, host);
  },
  async poster(sample, { width, height, signal }: PosterOptions) {
    const frames = new FrameRun(sourceOf(videoOf(sample)), signal);
    try {
      await frames.show(0);
      const { canvas } = frames;
      const scale = Math.min(1, Math.max(width / canvas.width, height / canvas.height));
      return await createImageBitmap(canvas, {
        resizeWidth: Math.max(1, Math.round(canvas.width * scale)),
        resizeHeight: Math.max(1, Math.round(canvas.height * scale)),
        resizeQuality: 'high',
      });
    } finally {
      frames.close();
    }
  },
};

interface Tables {
  /** When each frame is shown, in seconds. */
  readonly timestamps: Float64Array<ArrayBuffer>;
  readonly facts: readonly Fact[];
}

async function tablesOf(video: VideoSample, signal: AbortSignal): Promise<Tables> {
  const [info, timestamps, keyFrames] = await Promise.all([
    video.info({ signal }),
    video.timestamps({ signal }),
    video.keyFrames({ signal }),
  ]);
  const facts: Fact[] = [
    ['Size', `${info.width} × ${info.height}`],
    ['Frames', formatCount(info.frames)],
    ['Key frames', formatCount(keyFrames.length)],
    ['Rate', `${Number(info.fps.toFixed(3))} frames/s`],
    ['Duration', formatSeconds(info.duration)],
    ['Codec', info.codec],
  ];
  return { timestamps, facts };
}

function rawTables({ shape }: VideoSample): Tables {
  const [frames = 0, height = 0, width = 0] = shape;
  const facts: Fact[] = [
    ['Size', `${width} × ${height}`],
    ['Frames', formatCount(frames)],
    ['Rate', `not stored; ${RAW_RATE} frames/s here`],
  ];
  return { timestamps: Float64Array.from({ length: frames }, (_, i) => i / RAW_RATE), facts };
}

function sourceOf(video: VideoSample): FrameSource {
  return video.bytes > 0 ? decodedFrames(video) : rawFrames(video);
}

function stageOf(video: VideoSample, frames: FrameRun, timestamps: Float64Array<ArrayBuffer>, host: ViewerHost): Stage {
  const last = timestamps.length - 1;
  const picture = createStageCanvas((context, width, height) => {
    const { canvas } = frames;
    if (canvas.width > 0) drawFitted(context, canvas, fitRect(canvas, width, height));
  }, 'Frame of the video');
  const player = element('video', { class: 'stage-player', controls: true, playsinline: true, hidden: true });
  const describe = (index: number): string =>
    `frame ${formatCount(index + 1)} of ${formatCount(last + 1)} · ${formatSeconds(timestamps[index] ?? 0)}`;
  const told = (error: unknown): void => {
    stop();
    if (!host.signal.aborted) host.fail(error);
  };
  const shown = (index: number): void => {
    slider.value = index;
    picture.schedule();
    picture.element.setAttribute('aria-label', `Video, ${describe(index)}`);
  };
  const seek = createLatest(async (index: number) => {
    try {
      await frames.show(index);
      shown(index);
    } catch (error) {
      told(error);
    }
  });
  const go = (index: number): void => {
    stop();
    const next = Math.min(last, Math.max(0, index));
    slider.value = next;
    seek(next);
  };
  const slider = createSlider({ label: 'Frame', min: 0, max: last, value: 0, format: describe, onInput: go });
  slider.element.classList.add('wide');
  const play = button('Play', { class: 'stage-control', 'aria-pressed': 'false' }, () => toggle());
  const setPlaying = (isPlaying: boolean): void => {
    play.setAttribute('aria-pressed', String(isPlaying));
    if (play.lastElementChild) play.lastElementChild.textContent = isPlaying ? 'Pause' : 'Play';
  };
  const stop = (): void => {
    frames.pause();
    setPlaying(false);
  };
  const toggle = (): void => {
    if (frames.isPlaying) {
      stop();
      return;
    }
    setPlaying(true);
    frames.play(slider.value >= last ? 0 : slider.value, shown).then(() => setPlaying(false), told);
  };
  const row = element('div', { class: 'control-row' }, play, slider.element);
  let address: string | undefined;
  const usePlayer = async (wanted: boolean): Promise<void> => {
    stop();
    row.hidden = wanted;
    picture.element.hidden = wanted;
    player.hidden = !wanted;
    if (!wanted) player.pause();
    else if (address === undefined) {
      const url = await video.toBlobUrl({ signal: host.signal });
      address = url;
      player.src = url;
    }
  };
  // A raw array has no file to play.
  const modes =
    video.bytes > 0 &&
    createChoice(
      'Show',
      [
        ['frames', 'Exact frames'],
        ['player', 'Browser’s player'],
      ],
      'frames',
      (mode) => void usePlayer(mode === 'player').catch(told),
    );
  player.addEventListener('error', () => {
    if (!player.hasAttribute('src')) return; // it was closed
    void usePlayer(false);
    const text = 'The browser’s own player does not play this file.';
    if (modes) modes.replaceWith(element('p', { class: 'control-note', role: 'status', text }));
  });
  shown(0);
  const step: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    PageDown: LARGE_STEP,
    PageUp: -LARGE_STEP,
    Home: -Infinity,
    End: Infinity,
  };
  return {
    element: element('div', { class: 'stage-fill' }, picture.element, player),
    controls: element('div', { class: 'control-stack' }, row, modes),
    keys: [
      ['← →', 'one frame back, on'],
      ['Home End', 'first, last frame'],
      ['Space', 'play, pause'],
    ],
    press({ key }) {
      if (!player.hidden) return false;
      if (key === ' ') toggle();
      else if (Object.hasOwn(step, key)) go(slider.value + (step[key] ?? 0));
      else return false;
      return true;
    },
    close() {
      frames.close();
      picture.close();
      player.removeAttribute('src');
      if (address !== undefined) URL.revokeObjectURL(address);
    },
  };
}

/** Seconds as `0:07.350`. */
function formatSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(3).padStart(6, '0')}`;
}

function videoOf(sample: MediaSample): VideoSample {
  if (isVideo(sample)) return sample;
  throw new TypeError('A video tensor gave no video.');
}

function isVideo(sample: MediaSample): sample is VideoSample {
  return 'videoFrames' in sample;
}
