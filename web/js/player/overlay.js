// The player's overlay: the first play button, the spinner, feedback for keys, the error card.

import { byId, el, setText, show } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { faultMessage } from "./recovery.js";

/** `onRetry` runs when the person asks for another try. */
export class Overlay {
  #timer = null;
  #unmade = false;
  #started = false;

  constructor(player, onRetry) {
    this.player = player;
    const { video } = player;
    byId("big-play").addEventListener("click", () => player.toggle());
    byId("player-retry").addEventListener("click", () => {
      show(byId("player-error"), false);
      this.#spin(0);
      onRetry();
    });
    player.addEventListener("did", ({ detail }) => this.#sign(detail));
    for (const event of ["waiting", "seeking", "stalled"]) video.addEventListener(event, () => this.#wait());
    for (const event of ["playing", "canplay", "seeked", "timeupdate", "ended"]) video.addEventListener(event, () => this.#flow());
    video.addEventListener("play", () => {
      this.#started = true;
      show(byId("big-play"), false);
      this.#wait();
    });
  }

  /** The address of the poster; `always` for streams without a picture. */
  setPoster(url, always) {
    const poster = byId("poster");
    this.posterAlways = always;
    if (url && poster.getAttribute("src") !== url) poster.src = url;
    show(poster, Boolean(url) && (always || !this.#started || this.player.video.videoWidth === 0));
  }

  /** Shows whether the player waits for a segment that is not processed yet. */
  setUnmade(unmade) {
    this.#unmade = unmade;
    setText(byId("spinner-text"), unmade ? "This part is still being made. It comes in a moment." : "");
  }

  /** Shows the error card: playback has stopped until the user acts. */
  fail(fault) {
    const [title, text] = faultMessage(fault);
    setText(byId("player-error-title"), title);
    setText(byId("player-error-text"), text);
    this.#flow(true);
    show(byId("big-play"), false);
    show(byId("player-retry"), !["gone", "unsupported"].includes(fault.kind));
    show(byId("player-error"), true);
  }

  #wait() {
    const { video } = this.player;
    const starved = video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !video.ended;
    if (starved && (!video.paused || video.seeking)) this.#spin(300);
  }

  #spin(delay) {
    if (this.#timer !== null || !byId("player-error").hidden) return;
    // Short waits show no spinner, to avoid a flicker.
    this.#timer = window.setTimeout(() => show(byId("spinner"), true), delay);
  }

  #flow(force = false) {
    const { video } = this.player;
    if (!force && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !video.ended) return;
    window.clearTimeout(this.#timer);
    this.#timer = null;
    show(byId("spinner"), false);
    if (this.#started && !this.posterAlways && video.videoWidth > 0) show(byId("poster"), false);
    if (this.#unmade && !force) this.setUnmade(false);
  }

  #sign({ icon: name, text }) {
    const sign = el("div", { class: "bezel-sign" }, icon(name), text ? el("span", { text }) : null);
    byId("bezel").replaceChildren(sign);
    window.setTimeout(() => sign.remove(), 700);
  }
}
