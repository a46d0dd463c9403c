/** Plays a sound from its samples, which are decoded a little ahead of what is heard. */
import type { AudioInfo, AudioSample } from '../../src/index.js';
import type { Scale } from './waveform.js';

const PIECE_SECONDS = 1;
const AHEAD_SECONDS = 3;
const START_DELAY = 0.06; // seconds until the first piece is heard

/** Plays one sound. */
export class SoundPlayer {
  readonly #sound: AudioSample;
  readonly #info: AudioInfo;
  readonly #scale: Scale;
  #context: AudioContext | undefined;
  #from = 0; // seconds of the sound that were heard at #began
  #began = 0; // time of the context

  constructor(sound: AudioSample, info: AudioInfo, scale: Scale) {
    this.#sound = sound;
    this.#info = info;
    this.#scale = scale;
  }

  /** Whether it is playing. */
  get isPlaying(): boolean {
    return this.#context !== undefined;
  }

  /** What is heard, in seconds of the sound. */
  get position(): number {
    const heard = this.#context ? this.#context.currentTime - this.#began : 0;
    return Math.min(this.#info.duration, this.#from + Math.max(0, heard));
  }

  /** Moves to a time; goes on from there when it is playing. */
  async seek(seconds: number): Promise<void> {
    const wasPlaying = this.isPlaying;
    await this.pause();
    this.#from = Math.min(this.#info.duration, Math.max(0, seconds));
    if (wasPlaying) await this.play();
  }

  /** Stops, and keeps the place. */
  async pause(): Promise<void> {
    const context = this.#context;
    this.#from = this.position;
    this.#context = undefined;
    await context?.close();
  }

  /** Plays until the end, or until it is paused. Resolves then. @throws {DatasetError} when a part cannot be decoded */
  async play(): Promise<void> {
    if (this.#from >= this.#info.duration) this.#from = 0;
    const context = new AudioContext();
    this.#context = context;
    this.#began = context.currentTime + START_DELAY;
    const { sampleRate, length, channels } = this.#info;
    const first = Math.floor(this.#from * sampleRate);
    const piece = Math.max(1, Math.round(sampleRate * PIECE_SECONDS));
    try {
      for (let start = first; start < length && this.#context === context; start += piece) {
        const part = await this.#sound.samples({ start, end: Math.min(length, start + piece) });
        if (this.#context !== context) return;
        const [count = 0] = part.shape;
        if (count === 0) break;
        const buffer = context.createBuffer(channels, count, sampleRate);
        for (let channel = 0; channel < channels; channel++) {
          const out = buffer.getChannelData(channel);
          for (let i = 0; i < count; i++) out[i] = this.#scale(part.data[i * channels + channel] ?? 0);
        }
        const node = new AudioBufferSourceNode(context, { buffer });
        node.connect(context.destination);
        const at = (start - first) / sampleRate;
        node.start(this.#began + at);
        await delay(at - (context.currentTime - this.#began) - AHEAD_SECONDS);
      }
      while (this.#context === context && this.position < this.#info.duration) await delay(0.05);
    } finally {
      if (this.#context === context) await this.pause();
    }
  }
}

function delay(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, seconds * 1000)));
}
