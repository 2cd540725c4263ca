// Lets the page that shows a player in a frame drive it.

import { answer, message, readMessage } from "./protocol.js";

const events = { play: "play", pause: "pause", timeupdate: "time", seeked: "seek", ended: "ended", volumechange: "volume", ratechange: "rate" };

/**
 * Obeys the page around the frame, and no other window, and tells it what happens. `origin` is the only origin that may do so,
 * or null for any: which sites may show the player at all says the server's `frame-ancestors`. Before the page has spoken,
 * nothing but the greeting is sent, since nobody knows who would read it.
 */
export class FrameLink {
  #listener = null;
  #ready = false;
  #withdrawn = false;
  #video = null;

  constructor(player, origin) {
    this.player = player;
    this.origin = origin;
    // Shown by itself, the player has no page around it.
    if (window.parent === window || origin === "") return;
    window.addEventListener("message", (event) => this.#hear(event));
    for (const [event, name] of Object.entries(events)) player.addEventListener(event, () => this.#tell(name));
    player.addEventListener("ready", () => {
      this.#ready = true;
      this.#withdrawn = false;
      this.#tell("ready", { video: this.#video });
    });
    player.addEventListener("fault", ({ detail }) => this.#tell("fault", { kind: detail.kind }));
    window.parent.postMessage(message("hello"), origin ?? "*");
  }

  /** Sets what the page may know of the video: `{id, title}`. */
  describe({ id, title }) {
    this.#video = { id, title: title ?? "" };
  }

  /** The video cannot be watched, not yet or no more. */
  withdraw() {
    this.#ready = false;
    if (this.#withdrawn) return;
    this.#withdrawn = true;
    this.#tell("unavailable");
  }

  get #state() {
    const { currentTime, duration, paused, ended, volume, muted, playbackRate, loop } = this.player;
    return { ready: this.#ready, time: currentTime, duration, paused, ended, volume, muted, rate: playbackRate, loop };
  }

  async #hear({ source, origin, data }) {
    if (source !== window.parent || (this.origin !== null && origin !== this.origin)) return;
    const heard = readMessage(data);
    if (!heard) return;
    // A page without an origin, as one in a sandbox, can be named by no other address.
    this.#listener = origin === "null" ? "*" : origin;
    const error = heard.error || (await this.#obey(heard));
    this.#send(answer(heard, error, this.#state));
    if (heard.command !== "connect" || error !== "") return;
    if (this.#ready) this.#tell("ready", { video: this.#video });
    else if (this.#withdrawn) this.#tell("unavailable");
  }

  /** Returns why a command was not carried out, or nothing. */
  async #obey({ command, value }) {
    const { player } = this;
    if (["play", "pause", "seek"].includes(command) && !this.#ready) return "not_ready";
    switch (command) {
      case "play": {
        const outcome = await player.play();
        return outcome === "plays" ? "" : outcome;
      }
      case "pause":
        player.pause();
        break;
      case "seek":
        player.seek(value);
        break;
      case "mute":
      case "unmute":
        player.give({ muted: command === "mute" });
        break;
      case "volume":
        player.give({ volume: value, muted: value === 0 });
        break;
      case "rate":
        player.give({ rate: value });
        break;
      case "loop":
        player.loop = value;
        break;
      default:
    }
    return "";
  }

  #tell(event, facts = {}) {
    this.#send(message(event, { ...facts, state: this.#state }));
  }

  #send(sent) {
    if (this.#listener !== null) window.parent.postMessage(sent, this.#listener);
  }
}
