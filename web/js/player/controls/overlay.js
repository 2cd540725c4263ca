// The player's overlay: the first play button, the spinner, feedback for keys, the error card.

import { part } from "../../elements/parts.js";
import { el, setText, show } from "../../ui/dom.js";
import { icon } from "../../ui/icons.js";
import { faultWords } from "../sources/recovery.js";
import { t } from "../../i18n/translate.js";

// After so many milliseconds of waiting a person is told so, and may try again.
const patience = 8_000;

/** `onRetry` runs when the person asks for another try. */
export class Overlay {
  #timer = null;
  #late = false;
  #lateTimer = null;
  #waiting = "";
  #started = false;
  #fault = null;
  #poster = null;

  constructor(player, signal, onRetry) {
    this.player = player;
    this.onRetry = onRetry;
    const { video } = player;
    for (const name of ["retry", "spinner-retry"]) this.#part(name).addEventListener("click", () => this.#retry());
    const sound = this.#part("sound");
    sound.addEventListener("click", () => (video.muted = false));
    video.addEventListener("loadeddata", () => this.#sharpen());
    video.addEventListener("volumechange", () => video.muted || show(sound, false));
    // A lost network is tried again when it is back.
    window.addEventListener("online", () => this.#fault?.kind === "network" && this.#retry(), { signal });
    window.addEventListener("offline", () => this.#fault?.kind === "network" && this.fail(this.#fault), { signal });
    player.addEventListener("did", ({ detail }) => this.#sign(detail));
    for (const event of ["waiting", "seeking", "stalled"]) video.addEventListener(event, () => this.#wait());
    for (const event of ["playing", "canplay", "seeked", "timeupdate", "ended"]) video.addEventListener(event, () => this.#flow());
    video.addEventListener("play", () => {
      this.#started = true;
      const big = this.#part("big-play");
      const focused = document.activeElement === big;
      player.frame.dataset.started = "";
      // The button goes, but for touch; its focus stays in the player.
      if (focused && big.offsetWidth === 0) this.#part("play").focus({ preventScroll: true });
      this.clear();
      this.#wait();
    });
  }

  /** Takes the error card away, because something is loaded anew. */
  clear() {
    this.#fault = null;
    show(this.#part("error"), false);
  }

  #retry() {
    const { frame } = this.player;
    const focused = frame.querySelector("[data-part=error] :focus, [data-part=spinner] :focus") !== null;
    this.clear();
    this.#rest();
    // The card hides the controls, so they take the focus only when it has gone.
    if (focused) this.#part("play").focus({ preventScroll: true });
    this.#spin(0);
    this.onRetry();
  }

  #part(name) {
    return part(this.player.frame, name);
  }

  /** Whether the video's own frame is to be seen: it has been started, or stands at a time where the poster is not of. */
  get #hasFrame() {
    const { video } = this.player;
    return video.videoWidth > 0 && (this.#started || (video.currentTime > 0 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA));
  }

  /**
   * The addresses of the poster, and of the small one that stands for it until the first frame has come, or null; `always` for
   * streams without a picture.
   */
  setPoster({ poster: url, smallPoster = null }, always) {
    const poster = this.#part("poster");
    this.posterAlways = always;
    if (url && this.#poster !== url) poster.src = smallPoster ?? url;
    this.#poster = url;
    show(poster, Boolean(url) && (always || !this.#hasFrame));
  }

  /** Nothing that plays waits for the poster any more. */
  #sharpen() {
    const poster = this.#part("poster");
    if (!poster.hidden && poster.getAttribute("src") !== this.#poster) poster.src = this.#poster;
  }

  /** Says why the player waits: `unmade` for a segment that is not processed yet, `lost` for the network, empty for no reason. */
  setWaiting(reason) {
    this.#waiting = reason;
    this.#drawWait();
  }

  /** A button that turns the sound on, which only the browser has taken away. */
  offerSound() {
    show(this.#part("sound"), true);
  }

  /** Shows the error card: playback has stopped until the user acts. */
  fail(fault) {
    this.#fault = fault;
    const words = `fault.${faultWords(fault.kind, navigator.onLine)}`;
    setText(this.#part("error-title"), t(`${words}.title`));
    setText(this.#part("error-text"), t(`${words}.text`));
    this.#flow(true);
    show(this.#part("retry"), !["gone", "unsupported"].includes(fault.kind));
    show(this.#part("error"), true);
  }

  #wait() {
    const { video } = this.player;
    const starved = video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !video.ended;
    if (starved && (!video.paused || video.seeking)) this.#spin(300);
  }

  #spin(delay) {
    if (this.#timer !== null || !this.#part("error").hidden) return;
    // Short waits show no spinner, to avoid a flicker.
    this.#timer = window.setTimeout(() => show(this.#part("spinner"), true), delay);
    this.#lateTimer = window.setTimeout(() => {
      this.#late = true;
      this.#drawWait();
    }, patience);
  }

  #drawWait() {
    const reason = this.#waiting || (this.#late ? "slow" : "");
    setText(this.#part("spinner-text"), reason === "" ? "" : t(`player.${reason}`));
    show(this.#part("spinner-retry"), this.#late && reason !== "unmade");
  }

  /** Waits no more. */
  #rest() {
    window.clearTimeout(this.#timer);
    window.clearTimeout(this.#lateTimer);
    this.#timer = null;
    this.#late = false;
    show(this.#part("spinner"), false);
    this.#drawWait();
  }

  #flow(force = false) {
    const { video } = this.player;
    if (!force && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !video.ended) return;
    if (!force) this.#waiting = "";
    this.#rest();
    if (this.#hasFrame && !this.posterAlways) show(this.#part("poster"), false);
  }

  #sign({ icon: name, text }) {
    const sign = el("div", { class: "bezel-sign" }, icon(name), text ? el("span", { text }) : null);
    this.#part("bezel").replaceChildren(sign);
    window.setTimeout(() => sign.remove(), 700);
  }
}
