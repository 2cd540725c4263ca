// Reports of this player to the room: that it is ready, and its status.

import { bands } from "./follow.js";

const every = 5000;

/** The player's status in the protocol's terms, or null when none is reported. Pure. */
export function statusOf({ own, blocked, starved, ended, paused, waiting, wasPlaying, jumping }) {
  // A member at their own pace, or whose browser blocks playback, is neither corrected nor waited for.
  if (own || blocked) return null;
  if (ended) return "ended";
  // Loading before the first frame or after a seek is no stall: the others do not stop for it.
  if (starved) return !paused && wasPlaying && !jumping ? "buffering" : null;
  if (waiting) return "ready";
  return paused ? "paused" : "playing";
}

/** Whether a player has loaded the room's position. Pure. While it plays it need not be exactly there. */
export function isReady({ own, plays, off, seeking, starved, atEnd, lazy }) {
  if (own) return true;
  return !seeking && (plays || Math.abs(off) <= bands.quiet) && (!starved || atEnd || lazy);
}

/** Sends the reports with `say(t, d)`. */
export class Reports {
  #said = null;
  #saidAt = 0;
  #readyRev = null;
  #wasPlaying = false;

  constructor(follower, say) {
    this.follower = follower;
    this.say = say;
    const { video } = follower;
    // iPhones load nothing before the first press of play.
    this.lazy = /^Apple/.test(navigator.vendor ?? "") && navigator.maxTouchPoints > 0;
    follower.addEventListener("tick", () => this.#look());
    video.addEventListener("waiting", () => this.#look());
    video.addEventListener("timeupdate", () => {
      this.#wasPlaying = !video.paused && !video.seeking;
    });
    for (const event of ["seeking", "emptied"]) video.addEventListener(event, () => (this.#wasPlaying = false));
  }

  /** Sends everything again, after a new connection. */
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
