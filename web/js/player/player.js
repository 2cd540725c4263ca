// What can be done with the player, whoever asks: buttons, keys, touches.

import { nextSpeed } from "./levels.js";
import { loadSettings, saveSettings } from "./memory.js";

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Commands over a video element. Events: `did` (detail: `{icon, text}`) for what deserves a short sign on screen. */
export class Player extends EventTarget {
  constructor(frame, video) {
    super();
    this.frame = frame;
    this.video = video;
    const { volume, muted, rate } = loadSettings();
    video.volume = volume;
    video.muted = muted;
    video.defaultPlaybackRate = rate;
    video.playbackRate = rate;
    for (const event of ["volumechange", "ratechange"]) video.addEventListener(event, () => this.#save());
  }

  /** Seconds, or 0 while unknown. */
  get duration() {
    return Number.isFinite(this.video.duration) ? this.video.duration : 0;
  }

  async play() {
    if (this.video.ended) this.video.currentTime = 0;
    try {
      await this.video.play();
    } catch {
      // Not allowed without a gesture, or interrupted by a pause: the button still says "play".
    }
  }

  toggle() {
    const starts = this.video.paused || this.video.ended;
    if (starts) this.play();
    else this.video.pause();
    this.#did(starts ? "play" : "pause");
  }

  seekTo(seconds) {
    if (this.duration > 0) this.video.currentTime = clamp(seconds, 0, this.duration);
  }

  seekBy(seconds) {
    this.seekTo(this.video.currentTime + seconds);
    this.#did(seconds < 0 ? "back" : "forward", `${Math.abs(seconds)} s`);
  }

  setVolume(volume) {
    this.video.volume = clamp(volume, 0, 1);
    this.video.muted = this.video.volume === 0;
  }

  volumeBy(change) {
    this.setVolume((this.video.muted ? 0 : this.video.volume) + change);
    this.#did(this.video.muted ? "muted" : "volume", `${Math.round(this.video.volume * 100)} %`);
  }

  mute() {
    if (this.video.muted && this.video.volume === 0) this.video.volume = 0.5;
    this.video.muted = !this.video.muted;
    this.#did(this.video.muted ? "muted" : "volume");
  }

  setRate(rate) {
    this.video.defaultPlaybackRate = rate;
    this.video.playbackRate = rate;
  }

  stepRate(direction) {
    this.setRate(nextSpeed(this.video.playbackRate, direction));
    this.#did("forward", `${this.video.playbackRate}×`);
  }

  /** One frame of 30 a second: near enough, the stream's own rate is not known here. */
  stepFrame(direction) {
    if (!this.video.paused) return;
    this.seekTo(this.video.currentTime + direction / 30);
  }

  async full() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (this.frame.requestFullscreen) await this.frame.requestFullscreen({ navigationUI: "hide" });
      else this.video.webkitEnterFullscreen?.();
    } catch {
      // Refused by the browser or by the page around us.
    }
  }

  get canPip() {
    return document.pictureInPictureEnabled === true && !this.video.disablePictureInPicture;
  }

  async pip() {
    if (!this.canPip) return;
    try {
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      else await this.video.requestPictureInPicture();
    } catch {
      // No picture yet, or refused.
    }
  }

  #save() {
    const { volume, muted, playbackRate } = this.video;
    saveSettings({ volume, muted, rate: playbackRate });
  }

  #did(icon, text = "") {
    this.dispatchEvent(new CustomEvent("did", { detail: { icon, text } }));
  }
}
