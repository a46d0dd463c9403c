/** Shows a sound as its waveform, read piece by piece, and plays it from the decoded samples. */
import type { AudioInfo, AudioSample, MediaSample } from '../../src/index.js';
import { button, element } from '../element.js';
import { formatCount } from '../format-text.js';
import { SoundPlayer } from './sound-player.js';
import { createStageCanvas } from './stage-canvas.js';
import type { Stage, Viewer, ViewerHost } from './types.js';
import { emptyOutline, enterPart, type Outline, paintOutline, type Scale, scaleOf } from './waveform.js';

const BINS = 4000;
const PIECE = 262_144; // samples read at once
const KEY_SECONDS = 5;
const RAW_RATE = 44_100;
const POSTER_BINS = 96;
const POSTER_PIECE = 2304; // samples of each bar of a poster: two frames of mp3
const COLORS = { wave: '#55c8e2', faint: '#4a8493', cursor: '#ffcf4a', poster: '#0e1519' } as const;

/** Shows sounds. */
export const soundViewer: Viewer = {
  async open(sample, host) {
    const sound = soundOf(sample);
    host.progress('Reading the header of the sound');
    const info = await infoOf(sound, host.signal);
    if (info.length === 0) throw new Error('This sound has no samples.');
    const outline = emptyOutline(info.channels, Math.min(BINS, info.length));
    host.progress('Decoding the first samples');
    const first = await sound.samples({ start: 0, end: Math.min(PIECE, info.length), signal: host.signal });
    const scale = scaleOf(first);
    enterPart(outline, first, { start: 0, length: info.length, scale });
    host.facts([
      ['Duration', formatTime(info.duration)],
      ['Rate', `${formatCount(info.sampleRate)} samples/s${sound.bytes > 0 ? '' : ', assumed: none is stored'}`],
      ['Channels', info.channels === 1 ? '1, mono' : info.channels === 2 ? '2, stereo' : String(info.channels)],
      ['Samples', formatCount(info.length)],
      ['Numbers', first.dtype],
    ]);
    return stageOf(sound, info, outline, scale, host);
  },
  async poster(sample, { width, height, signal }) {
    const sound = soundOf(sample);
    const info = await infoOf(sound, signal);
    const outline = emptyOutline(1, Math.min(POSTER_BINS, info.length));
    const isShort = info.length <= PIECE;
    const count = isShort ? 1 : POSTER_BINS;
    for (let i = 0; i < count; i++) {
      const start = Math.floor((i * info.length) / count);
      const end = Math.min(info.length, isShort ? info.length : start + POSTER_PIECE);
      const part = await sound.samples({ start, end, signal });
      enterPart(outline, part, { start, length: info.length, scale: scaleOf(part) });
    }
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (context) {
      context.fillStyle = COLORS.poster;
      context.fillRect(0, 0, width, height);
      paintOutline(context, outline, { width, height, color: COLORS.wave });
    }
    return canvas.transferToImageBitmap();
  },
};

function stageOf(sound: AudioSample, info: AudioInfo, outline: Outline, scale: Scale, host: ViewerHost): Stage {
  const player = new SoundPlayer(sound, info, scale);
  const canvas = createStageCanvas((context, width, height) => {
    const at = (player.position / info.duration) * width;
    const inner = { width, height: Math.max(40, height - 48) };
    context.translate(0, 24);
    paintOutline(context, outline, { ...inner, color: COLORS.wave });
    // What was heard is bright, what is to come is faint.
    context.globalCompositeOperation = 'source-atop';
    context.fillStyle = COLORS.faint;
    context.fillRect(at, 0, width - at, inner.height);
    context.globalCompositeOperation = 'source-over';
    context.fillStyle = COLORS.cursor;
    context.fillRect(Math.round(at), 0, 1.5, inner.height);
  }, 'Waveform');
  canvas.element.classList.add('waveform');
  const clock = element('output', { class: 'slider-value' });
  const play = button('Play', { class: 'stage-control', 'aria-pressed': 'false' }, () => toggle());
  const show = (): void => {
    clock.textContent = `${formatTime(player.position)} of ${formatTime(info.duration)}`;
    play.setAttribute('aria-pressed', String(player.isPlaying));
    if (play.lastElementChild) play.lastElementChild.textContent = player.isPlaying ? 'Pause' : 'Play';
    canvas.schedule();
  };
  const told = (error: unknown): void => {
    if (!host.signal.aborted) host.fail(error);
  };
  let frame = 0;
  let seen = '';
  const follow = (): void => {
    const now = `${player.position} ${player.isPlaying}`;
    if (now !== seen) show();
    seen = now;
    frame = requestAnimationFrame(follow);
  };
  const toggle = (): void => {
    (player.isPlaying ? player.pause() : player.play()).catch(told);
  };
  const seek = (seconds: number): void => {
    player.seek(seconds).catch(told);
  };
  canvas.element.addEventListener('pointerdown', (event) => {
    const box = canvas.element.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * info.duration);
  });
  void (async () => {
    for (let start = PIECE; start < info.length && !host.signal.aborted; start += PIECE) {
      const end = Math.min(info.length, start + PIECE);
      const part = await sound.samples({ start, end, signal: host.signal });
      enterPart(outline, part, { start, length: info.length, scale });
      canvas.schedule();
    }
  })().catch(told);
  follow();
  const moves: Readonly<Record<string, () => number>> = {
    ArrowLeft: () => player.position - KEY_SECONDS,
    ArrowRight: () => player.position + KEY_SECONDS,
    Home: () => 0,
  };
  return {
    element: canvas.element,
    controls: element('div', { class: 'control-row' }, play, clock),
    keys: [
      ['Space', 'play, pause'],
      ['← →', `${KEY_SECONDS} seconds back, on`],
      ['Home', 'from the start'],
    ],
    press({ key }) {
      const to = Object.hasOwn(moves, key) ? moves[key] : undefined;
      if (key === ' ') toggle();
      else if (to) seek(to());
      else return false;
      return true;
    },
    close() {
      cancelAnimationFrame(frame);
      void player.pause();
      canvas.close();
    },
  };
}

/** The facts of a sound; of a raw array, which tells no rate, as if it were that of a CD. */
async function infoOf(sound: AudioSample, signal: AbortSignal): Promise<AudioInfo> {
  if (sound.bytes > 0) return sound.info({ signal });
  const [length = 0, channels = 1] = sound.shape;
  return { sampleRate: RAW_RATE, channels, length, duration: length / RAW_RATE };
}

/** Seconds as `0:07.35`. */
function formatTime(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(2).padStart(5, '0')}`;
}

function soundOf(sample: MediaSample): AudioSample {
  if (isSound(sample)) return sample;
  throw new TypeError('A tensor of sounds gave none.');
}

function isSound(sample: MediaSample): sample is AudioSample {
  return 'samples' in sample;
}
