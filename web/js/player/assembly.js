// Assembles the player's parts inside one element, and plays one video in it.

import { part, uniqueId } from "../elements/parts.js";
import { clock } from "../format/time.js";
import { isAudioOnly } from "../http/video-facts.js";
import { setText, show } from "../ui/dom.js";
import { placeIcons } from "../ui/icons.js";
import { partsOf, withParts } from "../ui/later.js";
import { toast } from "../ui/toast.js";
import { Captions } from "./captions/captions.js";
import { buttons } from "./controls/buttons.js";
import { Chapters } from "./controls/chapter-marks.js";
import { Fit } from "./controls/fit.js";
import { idle } from "./controls/idle.js";
import { bindKeys } from "./controls/keys.js";
import { Overlay } from "./controls/overlay.js";
import { seekBar } from "./controls/seek-bar.js";
import { surface } from "./controls/surface.js";
import { loadPosition, savePosition } from "./memory.js";
import { NextVideo } from "./next-video.js";
import { Player } from "./player.js";
import { remotePlayback } from "./remote.js";
import { madeIn, wholeIn } from "./sources/level-cap.js";
import { startsLow } from "./sources/line.js";
import { levelLabel } from "./sources/levels.js";
import { makeSource } from "./sources/source.js";
import { t } from "../i18n/translate.js";
import { visible } from "../http/live.js";
import { Views } from "./views.js";

// The controls that go into the menu where the row is short, the first ones first.
const giveWay = ["chapter", "next", "back", "forward", "wide", "remote", "time-rest", "pip", "captions"];

/** A wired player; `load(video)` plays, and may be called again with newer facts about the same video, or with another one. */
export class Assembly {
  #source = null;
  #video = null;
  #wired = false;
  #making = null;
  #startAt = null;
  #made = () => true;
  #whole = () => true;
  #end = new AbortController();
  #describe = () => {};
  #extras = null;
  #asked = false;
  #where = null;

  /** `alone` is false in a room, which decides where playback starts and stores no position. `tell(type, detail)` is told `fault`. */
  constructor(frame, { alone, tell }) {
    const { signal } = this.#end;
    this.frame = frame;
    this.alone = alone;
    this.tell = tell;
    placeIcons(frame);
    const player = new Player(frame, part(frame, "video"));
    this.player = player;
    this.overlay = new Overlay(player, signal, () => this.#retry());
    this.chapters = new Chapters(player, () => this.#withExtras((extras) => extras.toggleChapters()));
    const changed = () => this.#extras?.changed();
    this.captions = new Captions(player, changed);
    this.views = new Views(player);
    this.fit = new Fit(part(frame, "row"), giveWay.map((name) => part(frame, name)), changed);
    this.next = new NextVideo(player, signal, () => this.fit.fit());
    player.video.addEventListener("play", () => this.#takeKeys(signal), { once: true });
    remotePlayback(frame, player.video, signal);
    buttons(player, signal, () => this.fit.fit());
    seekBar(player, (...where) => this.#point(where));
    const wake = idle(frame, player.video, signal, () => this.#extras?.isBusy ?? false);
    surface(player, wake);
    bindKeys(frame, signal, (action, value) => {
      wake();
      this.#perform(action, value);
    });
    player.video.addEventListener("ratechange", changed);
    player.addEventListener("controlled", changed);
    this.#gear();
    const remember = () => alone && this.#video && savePosition(this.#video.id, player.video.currentTime, player.duration);
    for (const event of ["pause", "ended"]) player.video.addEventListener(event, remember);
    window.addEventListener("pagehide", remember, { signal });
    document.addEventListener("visibilitychange", remember, { signal });
  }

  /**
   * `video` as the API gives it, with `playback`; `startAt` in seconds, 0 for the beginning, null for where it was left.
   * `begin` plays at once where the browser allows it: `sound`, or `muted` for without sound if need be.
   */
  async load(video, { startAt = null, begin = "" }) {
    if (this.#end.signal.aborted) return;
    const { playback } = video;
    const other = this.#video?.id !== video.id;
    this.#video = video;
    this.overlay.setPoster(playback, isAudioOnly(video));
    this.chapters.describe(video.description);
    this.#tellKeys();
    this.#made = madeIn(video.renditions ?? []);
    this.#whole = wholeIn(video.renditions ?? []);
    this.#source?.know(this.#made, this.#whole);
    if (!other) return;
    this.#extras?.close();
    this.overlay.clear();
    show(this.frame, true);
    this.#startAt = startAt;
    // Before it is ready, the lowest level may have no segments yet; the first variant has.
    const low = video.state === "ready" && startsLow(navigator.connection);
    let source;
    try {
      this.#making ??= makeSource(this.player.video, playback.hls, { low, startAt: startAt ?? this.#position });
      source = await this.#making;
    } catch {
      // The library did not come; it is asked for again when the user tries again.
      this.#making = null;
      if (this.#video?.id === video.id) this.#failed({ kind: "network" });
      return;
    }
    // Another video was loaded meanwhile, or the element is gone.
    if (this.#video?.id !== video.id) return;
    this.#source = source;
    if (!source) {
      this.#failed({ kind: "unsupported" });
      return;
    }
    source.offer((video.captions ?? []).map((one) => ({ ...one, url: this.captionsAddress(one.language) })));
    if (!this.#wired) this.#wire(source);
    source.know(this.#made, this.#whole);
    const from = startAt ?? this.#left();
    source.open(playback.hls, from > 0 ? from : -1, low);
    if (begin !== "") await this.#begin(begin);
  }

  /** Media keys are for what plays: their part is loaded then. Without it they do nothing, and playing goes on. */
  async #takeKeys(signal) {
    const parts = await import("./media-session.js").catch(() => null);
    if (parts === null || signal.aborted) return;
    this.#describe = parts.mediaSession(this.player, signal, () => this.next.go);
    this.#tellKeys();
  }

  #tellKeys() {
    this.#describe({ title: this.#video?.title ?? "", poster: this.#video?.playback?.poster ?? null });
  }

  /** A page in the background waits until it is looked at. */
  async #begin(begin) {
    const id = this.#video?.id;
    await visible(this.#end.signal);
    if (this.#end.signal.aborted || this.#video?.id !== id || !this.player.paused) return;
    if ((await this.player.begin(begin === "muted")) === "silent") this.overlay.offerSound();
  }

  /** Stops and hides the player, because its video may not be watched any more. */
  unload() {
    if (this.#video === null) return;
    this.#video = null;
    this.#extras?.close();
    this.next.cancel();
    this.player.video.pause();
    this.#source?.close();
    if (document.fullscreenElement === this.player.screen) this.player.full();
    show(this.frame, false);
  }

  /** What plays, or will play; null without a video. */
  get source() {
    return this.#source;
  }

  /** The video as the API gives it; null without one. */
  get video() {
    return this.#video;
  }

  /** The address of the video's captions in a language. */
  captionsAddress(language) {
    return `/v1/videos/${encodeURIComponent(this.#video.id)}/captions/${encodeURIComponent(language)}`;
  }

  /** Whether the small player is ruled out for now. */
  set still(still) {
    this.views.still = still;
  }

  /** Opens the dialog of the keys. */
  help() {
    this.#withExtras((extras) => extras.help());
  }

  /** Ends for good: the element has left the page. */
  close() {
    this.#video = null;
    this.#end.abort();
    this.#extras?.close();
    this.views.close();
    this.fit.close();
    this.player.video.pause();
    this.#source?.close();
  }

  #wire(source) {
    this.#wired = true;
    this.captions.attach(source);
    source.addEventListener("waiting", ({ detail }) => this.overlay.setWaiting(detail));
    source.addEventListener("fault", ({ detail }) => this.#failed(detail));
    source.addEventListener("tracks", () => this.#extras?.changed());
    const drawLevel = () => {
      const shown = source.levels[source.playing];
      setText(part(this.frame, "settings-level"), shown && shown.height > 0 ? levelLabel(shown) : "");
      this.#extras?.changed();
      this.fit.fit();
    };
    for (const event of ["levels", "level"]) source.addEventListener(event, drawLevel);
    drawLevel();
  }

  #retry() {
    const video = this.#video;
    if (this.#source || !video) {
      this.#source?.retry();
      return;
    }
    this.#video = null;
    this.load(video, { startAt: this.#startAt });
  }

  #failed(fault) {
    this.overlay.fail(fault);
    this.tell("fault", fault);
  }

  /** Seconds at which this video was left, or 0. */
  get #position() {
    return this.alone ? loadPosition(this.#video.id) : 0;
  }

  /** Where this video was left, with words and a way back to the start. */
  #left() {
    const left = this.#position;
    if (left === 0) return 0;
    const action = { label: t("player.startOver"), run: () => this.player.seekTo(0) };
    this.player.video.addEventListener("play", () => toast(t("player.resumed", { time: clock(left) }), { action, seconds: 7 }), { once: true });
    return left;
  }

  #perform(action, value) {
    const { player } = this;
    const actions = {
      toggle: () => player.toggle(),
      seekBy: () => player.seekBy(value),
      seekTo: () => player.seekTo(value * player.duration),
      volumeBy: () => player.volumeBy(value),
      mute: () => player.mute(),
      full: () => player.full(),
      captions: () => this.captions.toggle(),
      pip: () => player.pip(),
      wide: () => this.views.toggleWide(),
      speed: () => player.stepRate(value),
      frame: () => player.stepFrame(value),
      help: () => this.help(),
      next: () => this.next.go?.(),
    };
    actions[action]?.();
  }

  /** The menu is loaded when somebody comes near its button, so that it is there for the click. */
  #gear() {
    const gear = part(this.frame, "settings");
    gear.setAttribute("aria-controls", uniqueId(part(this.frame, "menu")));
    const near = () => partsOf(loadExtras).catch(() => {});
    for (const event of ["pointerenter", "focus"]) gear.addEventListener(event, near, { once: true });
    gear.addEventListener("click", () => this.#withExtras((extras) => extras.toggleMenu()));
  }

  /** Runs `use` with the parts that are loaded on demand; what is asked for while they are on their way is left out. */
  async #withExtras(use) {
    if (this.#extras) use(this.#extras);
    if (this.#extras || this.#asked) return;
    this.#asked = true;
    await withParts(loadExtras, ({ Extras }) => {
      if (this.#end.signal.aborted) return;
      this.#extras ??= new Extras(this, this.#end.signal);
      use(this.#extras);
    });
    this.#asked = false;
  }

  /** Shows what is at a place of the seek bar. Without the network that is left out, and nothing is said. */
  async #point(where) {
    this.#where = where;
    try {
      await partsOf(loadExtras);
    } catch {
      return;
    }
    this.#withExtras((extras) => this.#where === where && extras.point(...where));
  }
}

const loadExtras = () => import("./extras.js");
