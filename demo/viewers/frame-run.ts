/** The frames of a video on a canvas, one after another without decoding any twice while they are taken in order. */
import type { FrameSource } from './frame-source.js';

/** Draws frames by number, and plays them. */
export class FrameRun {
  /** The frame that was drawn last, in the size of the video. */
  readonly canvas: OffscreenCanvas = new OffscreenCanvas(1, 1);
  readonly #source: FrameSource;
  readonly #signal: AbortSignal;
  #pictures: ReturnType<FrameSource> | undefined;
  #next = 0; // number of the frame that the pictures give next
  #playing: object | undefined;

  constructor(source: FrameSource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** Whether frames are being played. */
  get isPlaying(): boolean {
    return this.#playing !== undefined;
  }

  /** Draws one frame. @throws {DatasetError} */
  async show(index: number): Promise<void> {
    await this.#draw(index);
  }

  /**
   * Draws frames at their times from one on, until {@link pause} or the end.
   *
   * @param onFrame - told the number of each frame that was drawn.
   */
  async play(from: number, onFrame: (index: number) => void): Promise<void> {
    const mine = {};
    this.#playing = mine;
    let start: { readonly time: number; readonly stamp: number } | undefined;
    try {
      for (let index = from; this.#playing === mine; index++) {
        const stamp = await this.#draw(index);
        if (stamp === undefined || this.#playing !== mine) break;
        onFrame(index);
        start ??= { time: performance.now(), stamp };
        const wait = start.time + (stamp - start.stamp) * 1000 - performance.now();
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
      }
    } finally {
      if (this.#playing === mine) this.#playing = undefined;
    }
  }

  /** Stops playing. */
  pause(): void {
    this.#playing = undefined;
  }

  /** Stops the decoder. */
  close(): void {
    this.pause();
    void this.#pictures?.return(undefined).catch(() => {}); // nobody looks at it any more
    this.#pictures = undefined;
  }

  /** Draws a frame and gives its time in seconds; undefined behind the last one. */
  async #draw(index: number): Promise<number | undefined> {
    let run = this.#pictures;
    if (!run || index !== this.#next) {
      await run?.return(undefined);
      run = this.#source(index, this.#signal);
      this.#pictures = run;
    }
    this.#next = index + 1;
    try {
      const { value: frame } = await run.next();
      if (!frame) {
        this.#pictures = undefined;
        return undefined;
      }
      try {
        const { width, height } = frame;
        if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
        const context = this.canvas.getContext('2d');
        if (context) frame.draw(context);
        return frame.timestamp;
      } finally {
        frame.close();
      }
    } catch (error) {
      if (this.#pictures === run) this.#pictures = undefined;
      throw error;
    }
  }
}
