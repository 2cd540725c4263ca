// Turns what the user does with the player into commands to the room; the player itself follows the room's events only.

// The shortest time between two seek commands, in milliseconds: the server accepts four commands a second.
const between = 300;

/** The player's `controller` in a room. `room` is `{ask(t, d), allowed(), lockedMessage(), refuse(message)}`. */
export class SyncController {
  #seekTo = null;
  #seekRev = null;
  #quietUntil = 0;
  #timer = null;

  constructor(player, follower, room) {
    this.player = player;
    this.follower = follower;
    this.room = room;
    player.controller = this;
    const { media } = player;
    media.addEventListener("pause", () => this.#foreign("pause"));
    media.addEventListener("play", () => this.#foreign("play"));
  }

  /** Redraws the player's controls; called with each new state. */
  changed() {
    if (this.follower.state?.rev !== this.#seekRev && performance.now() > this.#quietUntil) this.#seekTo = null;
    this.player.controlled();
  }

  get paused() {
    const { state, own } = this.follower;
    if (own || !state) return null;
    const phase = state.phase === "waiting" ? state.resumeTo : state.phase;
    return phase !== "playing";
  }

  get time() {
    return this.follower.own ? null : this.#seekTo;
  }

  get rate() {
    return this.follower.own ? null : (this.follower.state?.rate ?? null);
  }

  get locked() {
    return this.follower.own || this.room.allowed() ? "" : this.room.lockedMessage();
  }

  request(name, value) {
    const { state, own, blocked } = this.follower;
    if (own) return "self";
    if (blocked === "all") {
      this.follower.unblock();
      return "refused";
    }
    if (!state) return "refused";
    if (!this.room.allowed()) {
      this.room.refuse(this.room.lockedMessage());
      return "refused";
    }
    if (name === "seek") this.#seek(value);
    else if (name === "play") this.room.ask("ctl.play", {});
    else if (name === "pause") this.room.ask("ctl.pause", { pos: Math.round(this.player.media.currentTime * 1000) });
    else if (name === "rate") this.room.ask("ctl.rate", { rate: value });
    return "asked";
  }

  /** Sends the first of several seeks at once, and of those that follow quickly only the last. */
  #seek(seconds) {
    this.#seekTo = seconds;
    this.#seekRev = this.follower.state.rev;
    const now = performance.now();
    window.clearTimeout(this.#timer);
    const send = () => {
      this.#quietUntil = performance.now() + between;
      this.room.ask("ctl.seek", { pos: Math.round(this.#seekTo * 1000) }).then(
        () => this.#settle(),
        () => this.#settle(),
      );
    };
    if (now >= this.#quietUntil) send();
    else this.#timer = window.setTimeout(send, this.#quietUntil - now);
    this.player.controlled();
  }

  /** After the answer the seek bar shows the player's own position again, unless another seek followed. */
  #settle() {
    window.setTimeout(() => {
      if (performance.now() < this.#quietUntil) return;
      this.#seekTo = null;
      this.player.controlled();
    }, between + 50);
  }

  /** Handles play and pause that the browser's own buttons applied to the element: they become requests to the room. */
  #foreign(name) {
    const video = this.player.media;
    const { state, own, wants, blocked } = this.follower;
    // Browsers pause hidden pages and at the end of the video; the user has not asked for either.
    if (own || blocked !== "" || !state || wants === null || wants === "starting" || document.hidden || video.ended || video.seeking) return;
    if (video.paused !== (name === "pause") || wants === name) return;
    this.request(name);
    this.follower.tick();
  }
}
