// <vh-player>: a video player.

import { Assembly } from "../player/assembly.js";
import { timeInAddress } from "../player/start-time.js";
import { t } from "../i18n/translate.js";

// What the media element tells and this element repeats; none of it bubbles.
const repeated = ["play", "pause", "timeupdate", "seeking", "seeked", "ended", "volumechange", "ratechange", "durationchange"];

/**
 * A player in the light DOM. Its content is the partial `player.mustache`; more may stand behind it and lies over the picture.
 * Several may stand on a page: keys go to the one that was used last, the media session to the one that was started last.
 *
 * Attributes: `room` (somebody else decides where playback starts, and no position is stored); `main` (the time in the page's
 * address, `?t=` or `#t=`, is this player's); `views` (wide view and small player are offered); `bare` (no controls: a click,
 * a touch and keys play and pause). Set by the element: `hidden` until something is loaded, `data-idle` while the controls are
 * hidden, `data-paused`, `data-started`, `data-ended`, `data-wide`, `data-mini`.
 *
 * An element around it with `data-full` fills the screen in its place, with all that stands in it.
 *
 * Properties: `media` (the video element, for who synchronises it), `currentTime`, `duration` (seconds, 0 while unknown),
 * `paused`, `ended`, `playbackRate`, `volume`, `muted`, `loop`; `controller` (see player.js) and `silenced` (muted, but not by
 * the viewer's choice, so that it is not stored); `still`, to be set: while true there is no small player; `sleep`, to be set
 * before the menu is opened: the sleep timer that it offers (sleep-timer.js), null for none.
 *
 * Methods: `load(video, {startAt, begin})` shows a video of the API; again with the same video it takes newer facts. `startAt`
 * in seconds; without it the address decides, then where the video was left. `begin` plays at once where the browser allows it:
 * `"sound"`, or `"muted"` for without sound if need be. `suggest(others)` sets what is offered at the end, the next one first,
 * as `{title, address, poster, length}`. `unload()` stops and hides. `play()` resolves with `plays`, `blocked` (the browser
 * wants a click), `interrupted` or `refused`; `pause()`, `toggle()`, `seek(seconds)`, `give({volume, muted, rate})` (what is not
 * stored, because the viewer has not chosen it), `help()` (the dialog of keys),
 * `controlled()` (the controller's values have changed). An element that was taken out of the page has ended: it loads no more.
 *
 * Events, which do not bubble: `ready` (a video's length is known), `fault` (detail `{kind}`: playback has stopped for good),
 * and the media events play, pause, timeupdate, seeking, seeked, ended, volumechange, ratechange, durationchange.
 */
export class VideohostPlayer extends HTMLElement {
  sleep = null;
  #assembly = null;

  connectedCallback() {
    if (this.#assembly) return;
    this.classList.add("player");
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", t("player.name"));
    this.tabIndex = -1;
    this.dataset.paused = "";
    const tell = (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail }));
    this.#assembly = new Assembly(this, { alone: !this.hasAttribute("room"), tell });
    for (const event of repeated) this.media.addEventListener(event, () => tell(event));
    this.media.addEventListener("loadedmetadata", () => tell("ready"));
    if (this.hasAttribute("main")) window.addEventListener("hashchange", this);
  }

  /** An element that is only moved goes on; one that was taken out has ended. */
  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      window.removeEventListener("hashchange", this);
      this.#assembly?.close();
    });
  }

  /** A link to another time of the page, as `#t=90`. */
  handleEvent() {
    const seconds = timeInAddress({ hash: window.location.hash });
    if (seconds !== null && !this.hidden) this.seek(seconds);
  }

  load(video, { startAt = null, begin = "" } = {}) {
    const asked = this.hasAttribute("main") ? timeInAddress(window.location) : null;
    return this.#assembly.load(video, { startAt: startAt ?? asked, begin });
  }

  suggest(others) {
    this.#assembly.next.suggest(others);
  }

  unload() {
    this.#assembly.unload();
  }

  async play() {
    return this.paused || this.ended ? this.toggle() : "plays";
  }

  pause() {
    if (!this.paused) this.toggle();
  }

  toggle() {
    return this.#player.toggle();
  }

  give(values) {
    this.#player.give(values);
  }

  seek(seconds) {
    return this.#player.seekTo(seconds);
  }

  help() {
    this.#assembly.help();
  }

  set still(still) {
    this.#assembly.still = still;
  }

  controlled() {
    this.#player.dispatchEvent(new Event("controlled"));
  }

  get #player() {
    return this.#assembly.player;
  }

  get media() {
    return this.#player.video;
  }

  get currentTime() {
    return this.#player.time;
  }

  set currentTime(seconds) {
    this.seek(seconds);
  }

  get duration() {
    return this.#player.duration;
  }

  get paused() {
    return this.#player.paused;
  }

  get ended() {
    return this.media.ended;
  }

  get playbackRate() {
    return this.#player.rate;
  }

  set playbackRate(rate) {
    this.#player.setRate(rate);
  }

  get volume() {
    return this.media.volume;
  }

  set volume(volume) {
    this.#player.setVolume(volume);
  }

  get muted() {
    return this.media.muted;
  }

  set muted(muted) {
    this.media.muted = muted;
  }

  get loop() {
    return this.#player.loop;
  }

  set loop(loop) {
    this.#player.loop = loop;
  }

  get controller() {
    return this.#player.controller;
  }

  set controller(controller) {
    this.#player.controller = controller;
  }

  get silenced() {
    return this.#player.silenced;
  }

  set silenced(silenced) {
    this.#player.silenced = silenced;
  }
}

customElements.define("vh-player", VideohostPlayer);
