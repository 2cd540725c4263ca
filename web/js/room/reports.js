// What the room is told of this player: that it is ready, and how it does.

import { bands } from "./follow.js";

const every = 5000;

/** What a player is doing, in the room's words, or null when that is nobody's business: pure. */
export function statusOf({ own, blocked, starved, ended, paused, waiting, wasPlaying, jumping }) {
  // Who goes another way on purpose, or may not play yet, shall not be corrected nor waited for.
  if (own || blocked) return null;
  if (ended) return "ended";
  // Loading before the first picture or after a jump is no stall: the others need not stop for it.
  if (starved) return !paused && wasPlaying && !jumping ? "buffering" : null;
  if (waiting) return "ready";
  return paused ? "paused" : "playing";
}

/** Whether a player has loaded what the room's state asks for: pure. One that plays need not be exactly there. */
export function isReady({ own, plays, off, seeking, starved, atEnd, lazy }) {
  if (own) return true;
  return !seeking && (plays || Math.abs(off) <= bands.quiet) && (!starved || atEnd || lazy);
}

/** Reports to the room: `say(t, d)`. */
export class Reports {
  #said = null;
  #saidAt = 0;
  #readyRev = null;
  #wasPlaying = false;

  constructor(follower, say) {
    this.follower = follower;
    this.say = say;
    const { video } = follower;
    // Phones load nothing before somebody has pressed play.
    this.lazy = /^Apple/.test(navigator.vendor ?? "") && navigator.maxTouchPoints > 0;
    follower.addEventListener("tick", () => this.#look());
    video.addEventListener("waiting", () => this.#look());
    video.addEventListener("timeupdate", () => {
      this.#wasPlaying = !video.paused && !video.seeking;
    });
    for (const event of ["seeking", "emptied"]) video.addEventListener(event, () => (this.#wasPlaying = false));
  }

  /** After another connection everything is told again. */
  again() {
    this.#said = null;
    this.#readyRev = null;
  }

  #look() {
    const { video, state, own, blocked, off } = this.follower;
    if (!state || video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const starved = video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !video.ended;
    const waiting = state.phase === "waiting";
    const atEnd = video.duration > 0 && video.currentTime > video.duration - 0.2 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    if (this.#readyRev !== state.rev && isReady({ own, plays: state.phase === "playing", off, seeking: video.seeking, starved, atEnd, lazy: this.lazy })) {
      this.#readyRev = state.rev;
      this.say("ready", { rev: state.rev });
    }
    const status = statusOf({ own, blocked: blocked === "all", starved, ended: video.ended, paused: video.paused, waiting, wasPlaying: this.#wasPlaying, jumping: video.seeking });
    const now = performance.now();
    if (status === null || (status === this.#said && now - this.#saidAt < every)) return;
    this.#said = status;
    this.#saidAt = now;
    this.say("player.status", { pos: Math.round(video.currentTime * 1000), state: status, rate: video.playbackRate });
  }
}
