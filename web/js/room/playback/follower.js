// Keeps the player at the room's position: evaluates follow.js four times a second and performs its action.

import { bands, decide, roomPosition } from "./follow.js";

const interval = 250;
const longestLead = 4000;
const longestStart = 250;

/** Whether small changes of the speed are usable: Safari's audio breaks up under them. */
const canRate = !/^Apple/.test(navigator.vendor ?? "");

/**
 * Follows a room's state. Events: `tick` after each step, `blocked` (detail: what the browser does not allow: `sound`,
 * `all`, or `""` when it allows everything).
 */
export class Follower extends EventTarget {
  /** How far the player is ahead, in milliseconds. */
  off = 0;
  /** What the player was last told: `play`, `pause`, or null. */
  wants = null;
  /** `sound`, `all` or empty: what the browser does not allow. */
  blocked = "";

  #state = null;
  #own = false;
  #nudging = false;
  #force = false;
  #timer = null;
  #seekRev = null;
  #lead = bands.lead;
  #jumped = false;
  // How long this player takes from "play" to the first picture; learned from each start.
  #startLag = 40;
  #startedAt = null;

  /** `clock` is `{isKnown, now}`. */
  constructor(player, clock) {
    super();
    this.player = player;
    this.video = player.media;
    this.clock = clock;
    window.setInterval(() => this.tick(), interval);
    for (const event of ["loadedmetadata", "seeked", "canplay", "playing"]) this.video.addEventListener(event, () => this.tick());
    this.video.addEventListener("volumechange", () => this.blocked === "sound" && !this.video.muted && this.unblock());
  }

  get state() {
    return this.#state;
  }

  /** The room's position now, in milliseconds. */
  get target() {
    return this.#state ? roomPosition(this.#state, this.clock.now) : 0;
  }

  /** Whether this member watches at their own pace. */
  get own() {
    return this.#own;
  }

  set own(own) {
    this.#own = own;
    this.wants = null;
    if (!own) this.jump();
  }

  follow(state) {
    this.#state = state;
    this.tick();
  }

  /** Seeks to the room's position now, also over a small distance. */
  jump() {
    this.#force = true;
    this.tick();
  }

  /** Forgets the last command to the player, because another video is being opened. */
  opening() {
    this.wants = null;
    this.#nudging = false;
    this.#jumped = true;
  }

  /** Plays with sound after a click, which the browser requires. */
  async unblock() {
    this.player.silenced = false;
    this.video.muted = false;
    this.#setBlocked("");
    this.wants = null;
    this.tick();
  }

  tick() {
    window.clearTimeout(this.#timer);
    const state = this.#state;
    if (state && !this.#own && this.blocked !== "all" && this.clock.isKnown && this.video.readyState >= HTMLMediaElement.HAVE_METADATA) this.#step(state);
    const near = Math.abs(this.off) <= bands.quiet && !this.#nudging && !this.#jumped;
    this.player.dataset.follow = this.#own || !state ? "own" : near && !this.video.seeking ? "close" : "catching-up";
    this.dispatchEvent(new Event("tick"));
  }

  #step(state) {
    const { video } = this;
    const starved = video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !video.ended;
    const busy = video.seeking ? this.#seekRev === state.rev : starved && state.phase === "playing";
    const early = video.paused && state.phase === "playing" ? this.#startLag : 0;
    const player = { pos: video.currentTime * 1000, end: this.player.duration * 1000, paused: video.paused, rate: video.playbackRate, busy, ended: video.ended };
    if (!busy) this.#learn(player, state);
    const step = decide({ state, now: this.clock.now + early, player, canRate, nudging: this.#nudging, force: this.#force, lead: this.#lead });
    this.off = step.off;
    this.#nudging = step.nudging;
    if (!busy) this.#force = false;
    if (step.again !== null) this.#timer = window.setTimeout(() => this.tick(), Math.max(0, step.again));
    this.#perform(step, state);
  }

  #perform({ action, pos, rate }, state) {
    const { video } = this;
    if (action === "pause") {
      this.wants = "pause";
      video.pause();
    } else if (action === "seek") {
      this.#seekRev = state.rev;
      this.#jumped = state.phase === "playing";
      this.#startedAt = null;
      video.currentTime = pos / 1000;
    } else if (action === "rate") {
      video.defaultPlaybackRate = rate;
      video.playbackRate = rate;
    } else if (action === "play" && this.wants !== "starting") {
      this.#startedAt = this.#jumped ? null : performance.now();
      this.#play();
    }
    // A waiting player takes the room's speed, so that it starts with it.
    if (video.paused && Math.abs(video.playbackRate - state.rate) > 0.001) video.playbackRate = state.rate;
  }

  async #play() {
    const { video } = this;
    this.wants = "starting";
    try {
      await video.play();
      if (this.wants === "starting") this.wants = "play";
    } catch (error) {
      if (this.wants === "starting") this.wants = null;
      if (error.name !== "NotAllowedError") return;
      // Without sound most browsers allow it.
      if (this.player.silenced || video.muted) {
        this.#setBlocked("all");
        return;
      }
      this.player.silenced = true;
      video.muted = true;
      this.#setBlocked("sound");
      this.tick();
    }
  }

  #setBlocked(blocked) {
    this.blocked = blocked;
    this.dispatchEvent(new CustomEvent("blocked", { detail: blocked }));
  }

  /** Adjusts the lead of the next seek and start by how far the last one landed from the room's position. */
  #learn(player, state) {
    if (state.phase !== "playing" || player.paused) return;
    const off = player.pos - roomPosition(state, this.clock.now);
    if (this.#jumped) {
      this.#jumped = false;
      if (off < -bands.far) this.#lead = Math.min(longestLead, this.#lead * 2);
      else if (off > bands.far) this.#lead = Math.max(bands.lead, this.#lead / 2);
    }
    if (this.#startedAt === null || performance.now() - this.#startedAt < 400) return;
    this.#startedAt = null;
    if (Math.abs(off) < bands.far) this.#startLag = Math.min(longestStart, Math.max(0, this.#startLag - off / 2));
  }
}
