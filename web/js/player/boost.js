// Louder than the file: a gain between the video element and the loudspeaker.

/** The gains of the menu; 1 is the file's own volume. */
export const boosts = [1, 1.25, 1.5, 2];

/** Makes a video element louder. Without a choice there is no audio graph, which some browsers play with more delay. */
export class Boost {
  #gain = null;
  #context = null;

  constructor(video) {
    this.video = video;
  }

  /** The gain, 1 to 2. */
  get value() {
    return this.#gain?.gain.value ?? 1;
  }

  set value(value) {
    if (value === 1 && this.#gain === null) return;
    if (this.#gain === null) {
      this.#context = new AudioContext();
      this.#gain = this.#context.createGain();
      // Loud parts are held back instead of clipped.
      const limiter = this.#context.createDynamicsCompressor();
      limiter.threshold.value = -3;
      limiter.ratio.value = 20;
      this.#context.createMediaElementSource(this.video).connect(this.#gain).connect(limiter).connect(this.#context.destination);
    }
    this.#gain.gain.value = value;
    this.#context.resume().catch(() => {});
  }

  /** Gives the audio device back. */
  close() {
    this.#context?.close().catch(() => {});
  }
}
