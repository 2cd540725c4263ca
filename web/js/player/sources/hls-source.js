// Playing through hls.js over Media Source Extensions.

import { limited } from "./cue-limit.js";
import { hlsConfig, patient, ready, watching } from "./hls-config.js";
import { jumpCap, levelCap } from "./level-cap.js";
import { Recovery, faultOf } from "./recovery.js";
import { otherGroups } from "./tracks.js";

/** Seconds ahead after which a jump is over. */
const settled = 8;

/**
 * A media source for a video element. Events: `levels` (they are known), `level` (another one plays), `captions` (they are
 * known, or others show), `waiting` (detail: why it waits, `unmade` for a segment that is not processed, `lost` for the network,
 * empty for no reason), `fault` (detail: the error).
 */
export class HlsSource extends EventTarget {
  #hls = null;
  #recovery = new Recovery();
  #timer = null;
  #url;
  #startAt = -1;
  #sizes;
  #chosenPaused = false;
  #made = () => true;
  #whole = () => true;
  // Whether the viewer has jumped to where nothing was loaded, and little is since.
  #hasJumped = false;

  /** `Hls` is the library's class, which the page loads; `early` has what was asked for meanwhile. */
  constructor(Hls, video, early) {
    super();
    this.early = early;
    this.Hls = Hls;
    this.video = video;
    this.#sizes = new ResizeObserver(() => this.#limit());
    // Before hls.js hears of it and chooses a level.
    video.addEventListener("seeking", () => this.#jump(), { capture: true });
  }

  /** Sets which levels have segments and which have all: `made(level)` and `whole(level)` as in level-cap.js. */
  know(made, whole) {
    this.#made = made;
    this.#whole = whole;
    this.#limit();
  }

  /** Levels as `{width, height, bitrate, frameRate}`, in hls.js' order. */
  get levels() {
    return (this.#hls?.levels ?? []).map(({ width, height, bitrate, frameRate }) => ({ width, height, bitrate, frameRate }));
  }

  /** The index of the level that plays, or -1. */
  get playing() {
    return this.#hls?.currentLevel ?? -1;
  }

  /** The index that was chosen, or -1 for Auto. */
  get chosen() {
    return !this.#hls || this.#hls.autoLevelEnabled ? -1 : this.#hls.loadLevel;
  }

  /** Audio tracks as `{name, lang}`; the event `tracks` says that they are known, or that another one plays. */
  get tracks() {
    return (this.#hls?.audioTracks ?? []).map(({ name, lang }) => ({ name, lang }));
  }

  /** The index of the audio track that plays, or -1. */
  get track() {
    return this.#hls?.audioTrack ?? -1;
  }

  /** Plays audio track `index`. */
  chooseTrack(index) {
    if (this.#hls) this.#hls.audioTrack = index;
  }

  /** Plays level `index` at once, also where another one is buffered; -1 selects Auto. */
  choose(index) {
    if (!this.#hls) return;
    if (index === -1) this.#hls.nextLevel = -1;
    else this.#hls.currentLevel = index;
    this.#chosenPaused = this.video.paused;
    this.#tell("level");
  }

  /** Captions as `{label, language, forced}`, in hls.js' order. */
  get captions() {
    return (this.#hls?.subtitleTracks ?? []).map(({ name, lang, forced }) => ({ label: name, language: lang, forced: forced === true }));
  }

  /** The index of the captions that show, or -1. */
  get caption() {
    return this.#hls?.subtitleTrack ?? -1;
  }

  /** Shows captions; -1 shows none. */
  chooseCaption(index) {
    if (!this.#hls) return;
    this.#hls.subtitleTrack = index;
  }

  /** `{way, codecs, bandwidth}`: codecs of the level that plays, bandwidth in bits a second or NaN. */
  get facts() {
    const level = this.#hls?.levels?.[this.playing];
    const codecs = [level?.videoCodec, level?.audioCodec].filter(Boolean).join(", ");
    return { way: "hls", codecs, bandwidth: this.#hls?.bandwidthEstimate ?? NaN };
  }

  /** The stream says what captions there are. */
  offer() {}

  /** Plays the stream from `startAt` (seconds, -1 for its own beginning); `low` starts with the lowest level. */
  open(url, startAt = -1, low = false) {
    this.close();
    this.#url = url;
    this.#startAt = startAt;
    this.#sizes.observe(this.video);
    const { Hls } = this;
    const { abrController, loader, timelineController } = Hls.DefaultConfig;
    const isMaking = () => !this.levels.every((level) => this.#whole(level));
    const controllers = { abrController: patient(abrController, isMaking), timelineController: limited(timelineController) };
    const hls = new Hls({ ...hlsConfig({ startAt, low }), ...controllers, fLoader: this.early.loader(loader) });
    // The page draws the captions; hls.js reads them into hidden text tracks.
    hls.subtitleDisplay = false;
    this.#hls = hls;
    let ahead = ready;
    this.video.addEventListener("play", () => Object.assign(hls.config, (ahead = watching)), { once: true });
    this.video.addEventListener("loadeddata", () => Object.assign(hls.config, ahead), { once: true });
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      const first = hls.levels[hls.firstLevel];
      for (const index of otherGroups(hls.levels, hls.firstLevel).reverse()) hls.removeLevel(index);
      hls.firstLevel = Math.max(0, hls.levels.indexOf(first));
      this.#limit();
      this.#tell("levels");
    });
    hls.on(Hls.Events.LEVELS_UPDATED, () => this.#tell("levels"));
    hls.on(Hls.Events.LEVEL_SWITCHED, () => {
      // A paused element keeps the frame of the former level until it decodes at its position anew.
      if (this.#chosenPaused && this.video.paused) this.video.currentTime += 0;
      this.#chosenPaused = false;
      this.#tell("level");
    });
    for (const event of [Hls.Events.SUBTITLE_TRACKS_UPDATED, Hls.Events.SUBTITLE_TRACK_SWITCH]) hls.on(event, () => this.#tell("captions"));
    hls.on(Hls.Events.FRAG_LOADED, () => {
      this.#recovery.succeeded();
      this.#tell("waiting", "");
    });
    hls.on(Hls.Events.FRAG_BUFFERED, () => {
      if (!this.#hasJumped || this.#ahead < settled) return;
      this.#hasJumped = false;
      this.#limit();
    });
    hls.on(Hls.Events.ERROR, (_name, data) => this.#failed(data));
    for (const event of [Hls.Events.AUDIO_TRACKS_UPDATED, Hls.Events.AUDIO_TRACK_SWITCHING]) hls.on(event, () => this.#tell("tracks"));
    hls.attachMedia(this.video);
    hls.loadSource(url);
  }

  /** Loads the stream again at the same position, at the user's request. */
  retry() {
    const { currentTime: at, paused } = this.video;
    this.#recovery = new Recovery();
    this.open(this.#url, at > 0 ? at : this.#startAt);
    // Loading pauses the element; playback continues if it was playing.
    if (!paused) this.video.play().catch(() => {});
  }

  close() {
    window.clearTimeout(this.#timer);
    this.#sizes.disconnect();
    this.#hls?.destroy();
    this.#hls = null;
  }

  #limit() {
    if (!this.#hls) return;
    // A device pixel ratio above 2 brings no visible sharpness and costs bandwidth.
    const density = Math.min(window.devicePixelRatio || 1, 2);
    const size = { width: this.video.clientWidth * density, height: this.video.clientHeight * density };
    const usual = levelCap(this.levels, size, this.#made);
    const cap = this.#hasJumped ? jumpCap(this.levels, usual, this.#hls.firstLevel, this.#whole) : usual;
    if (cap !== this.#hls.autoLevelCapping) this.#hls.autoLevelCapping = cap;
  }

  #jump() {
    if (this.#ahead > 0) return;
    this.#hasJumped = true;
    this.#limit();
  }

  /** Seconds that are loaded from the position on. */
  get #ahead() {
    const { buffered, currentTime } = this.video;
    for (let index = 0; index < buffered.length; index += 1) {
      if (buffered.start(index) <= currentTime && currentTime < buffered.end(index)) return buffered.end(index) - currentTime;
    }
    return 0;
  }

  get #starved() {
    return this.video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !this.video.ended;
  }

  #failed(data) {
    const fault = faultOf(data);
    if (fault.kind === "unmade") this.#tell("waiting", "unmade");
    else if (fault.kind === "network" && this.#starved) this.#tell("waiting", "lost");
    const { action, delay } = this.#recovery.next(fault, performance.now(), this.#starved);
    if (action === "none") return;
    if (action === "giveUp") {
      // Loading stops, or the error would repeat behind the card.
      this.#hls?.stopLoad();
      this.#tell("fault", fault);
      return;
    }
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#recover(action), delay);
  }

  #recover(action) {
    if (action === "reload") this.#hls?.loadSource(this.#url);
    else if (action === "startLoad") this.#hls?.startLoad();
    else if (action === "recoverMedia") this.#hls?.recoverMediaError();
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
