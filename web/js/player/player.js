// The player's commands, for buttons, keys and touches alike.

import { nextSpeed } from "./sources/levels.js";
import { loadSettings, saveSettings } from "./memory.js";

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Commands over a video element. Events: `did` (detail: `{icon, text}`) for what is confirmed on the screen for a moment. */
export class Player extends EventTarget {
  /**
   * What decides instead of the element itself, as in a room: `request(name, value)` gets every play, pause, seek (seconds)
   * and rate and answers `self`, `asked` or `refused`; `paused`, `time` and `rate` are the values to show, null for the
   * element's own; `locked` says why requests are refused, or is empty. After a change it dispatches `controlled` here.
   */
  controller = null;
  // Muted because the browser blocks sound, not by the user's choice, so it is not stored.
  silenced = false;
  #held = null;
  #given = {};

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
    // Who turns the sound on chooses it.
    video.addEventListener("volumechange", () => (this.silenced &&= video.muted));
  }

  /** Seconds, or 0 while unknown. */
  get duration() {
    return Number.isFinite(this.video.duration) ? this.video.duration : 0;
  }

  get paused() {
    return this.controller?.paused ?? this.video.paused;
  }

  /** Seconds. */
  get time() {
    return this.controller?.time ?? this.video.currentTime;
  }

  get rate() {
    return this.controller?.rate ?? this.video.playbackRate;
  }

  get locked() {
    return this.controller?.locked ?? "";
  }

  /** Resolves with `plays`, `blocked` (the browser wants a click first) or `interrupted`; the button says what is. */
  async play() {
    if (this.video.ended) this.video.currentTime = 0;
    try {
      await this.video.play();
      return "plays";
    } catch (error) {
      return error.name === "NotAllowedError" ? "blocked" : "interrupted";
    }
  }

  /**
   * Plays without a click, if the browser lets it; `silently` takes the sound away where only that is allowed. Resolves as
   * `play`, with `silent` when it plays without the sound that was wanted.
   */
  async begin(silently) {
    const outcome = await this.play();
    if (outcome !== "blocked" || !silently || this.video.muted) return outcome;
    this.silenced = true;
    this.video.muted = true;
    if ((await this.play()) === "plays") return "silent";
    this.video.muted = false;
    return "blocked";
  }

  /** Plays or pauses; resolves as `play`, with `refused` where the controller does not allow it. */
  async toggle() {
    const starts = this.paused || this.video.ended;
    const answer = this.#request(starts ? "play" : "pause");
    if (answer === "refused") return answer;
    this.#did(starts ? "play" : "pause");
    if (answer === "self" && starts) return this.play();
    if (answer === "self") this.video.pause();
    return "plays";
  }

  /** Returns whether it was allowed. */
  seekTo(seconds) {
    if (this.duration === 0) return true;
    const to = clamp(seconds, 0, this.duration);
    const answer = this.#request("seek", to);
    if (answer === "self") this.video.currentTime = to;
    return answer !== "refused";
  }

  seekBy(seconds) {
    if (!this.seekTo(this.time + seconds)) return;
    this.#did(seconds < 0 ? "back" : "forward", `${Math.abs(seconds)} s`);
  }

  setVolume(volume) {
    this.video.volume = clamp(volume, 0, 1);
    this.video.muted = this.video.volume === 0;
  }

  /** Sets what the page around the player wants of `volume`, `muted` and `rate`; until the viewer changes it, it is not stored. */
  give(values) {
    Object.assign(this.#given, values);
    const { volume, muted, rate } = values;
    if (volume !== undefined) this.video.volume = volume;
    if (muted !== undefined) this.video.muted = muted;
    if (rate !== undefined) this.setRate(rate);
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

  /** Returns whether it was allowed. */
  setRate(rate) {
    const answer = this.#request("rate", rate);
    if (answer === "self") {
      this.video.defaultPlaybackRate = rate;
      this.video.playbackRate = rate;
    }
    return answer !== "refused";
  }

  stepRate(direction) {
    const rate = nextSpeed(this.rate, direction);
    if (this.setRate(rate)) this.#did("forward", `${rate}×`);
  }

  /** Plays at twice the speed until `release`, where the speed is the user's to choose; returns whether it does. */
  hold() {
    if (this.#held !== null || this.paused || (this.controller?.rate ?? null) !== null) return false;
    this.#held = this.video.playbackRate;
    this.video.playbackRate = 2;
    return true;
  }

  /** Ends `hold`. */
  release() {
    if (this.#held === null) return;
    const rate = this.#held;
    this.video.playbackRate = rate;
    this.#held = null;
  }

  /** Whether the video starts again at its end; a room decides that itself. */
  get loop() {
    return this.video.loop;
  }

  set loop(loop) {
    this.video.loop = loop && this.controller === null;
    this.dispatchEvent(new Event("controlled"));
  }

  /** Steps a thirtieth of a second: the stream's own frame rate is not known here. */
  stepFrame(direction) {
    if (!this.paused) return;
    this.seekTo(this.time + direction / 30);
  }

  /** What fills the screen: the frame, or the node around it with `data-full`, which shows more beside the picture. */
  get screen() {
    return this.frame.closest("[data-full]") ?? this.frame;
  }

  async full() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (this.frame.requestFullscreen) await this.screen.requestFullscreen({ navigationUI: "hide" });
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
    const stored = loadSettings();
    // The speed of a room is not the user's own choice, so it is not stored.
    const rate = this.controller || this.#held !== null ? stored.rate : playbackRate;
    const settings = { volume, muted: muted && !this.silenced, rate };
    for (const [name, now] of Object.entries({ volume, muted, rate: playbackRate })) {
      if (this.#given[name] === now) settings[name] = stored[name];
      else if (name !== "rate" || this.#held === null) delete this.#given[name];
    }
    saveSettings(settings);
  }

  #request(name, value) {
    return this.controller?.request(name, value) ?? "self";
  }

  #did(icon, text = "") {
    this.dispatchEvent(new CustomEvent("did", { detail: { icon, text } }));
  }
}
