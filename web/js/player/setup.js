// Assembles the player and plays one video in it.

import { toast } from "../ui/toast.js";
import { byId, el, show } from "../ui/dom.js";
import { clock } from "../format/time.js";
import { AudioMenu } from "./audio-menu.js";
import { buttons } from "./buttons.js";
import { CaptionsMenu } from "./captions.js";
import { idle } from "./idle.js";
import { bindKeys, shortcuts } from "./keys.js";
import { madeIn } from "./level-cap.js";
import { loadPosition, savePosition } from "./memory.js";
import { SettingsMenu } from "./menu.js";
import { Overlay } from "./overlay.js";
import { Player } from "./player.js";
import { Preview } from "./preview.js";
import { pointText, seekBar } from "./seek-bar.js";
import { makeSource } from "./source.js";
import { surface } from "./surface.js";

/** A wired player; `load(video)` plays, and may be called again with newer facts about the same video, or with another one. */
export class PlayerSetup {
  #source = null;
  #id = null;
  #wired = false;
  #making = null;
  #made = () => true;

  /**
   * `alone` is false in a room, which decides where playback starts and stores no position. `onFault()` runs when
   * playback has stopped for good.
   */
  constructor({ alone = true, onFault = () => {} } = {}) {
    this.alone = alone;
    this.onFault = onFault;
    const player = new Player(byId("player"), byId("video"));
    this.player = player;
    this.overlay = new Overlay(player, () => this.#source?.retry());
    this.preview = new Preview(player, pointText);
    this.menu = new SettingsMenu(player);
    this.captions = new CaptionsMenu(() => this.menu.close());
    buttons(player);
    seekBar(player, (fraction, x, width) => this.preview.point(fraction, x, width));
    const wake = idle(player.frame, player.video, () => this.menu.isOpen);
    surface(player, wake);
    bindKeys((action, value) => {
      wake();
      this.#perform(action, value);
    });
    this.#fillShortcuts();
    const remember = () => alone && this.#id && savePosition(this.#id, player.video.currentTime, player.duration);
    player.video.addEventListener("pause", remember);
    player.video.addEventListener("ended", remember);
    window.addEventListener("pagehide", remember);
  }

  /** `video` as the API gives it, with `playback`; `audioOnly` keeps the poster; `startAt` in seconds. */
  async load(video, audioOnly, startAt = null) {
    const { playback } = video;
    this.overlay.setPoster(playback.poster, audioOnly);
    this.preview.load(playback.storyboard ?? null);
    this.#made = madeIn(video.renditions ?? []);
    this.#source?.know(this.#made);
    if (this.#id === video.id) return;
    this.#id = video.id;
    show(this.player.frame, true);
    this.#making ??= makeSource(this.player.video);
    this.#source = await this.#making;
    // Another video was loaded meanwhile.
    if (this.#id !== video.id) return;
    if (!this.#source) {
      this.overlay.fail({ kind: "unsupported" });
      return;
    }
    this.#source.offer((video.captions ?? []).map((one) => ({ ...one, url: `/v1/videos/${video.id}/captions/${one.language}` })));
    if (!this.#wired) this.#wire(this.#source);
    this.#source.know(this.#made);
    this.#source.open(playback.hls, startAt ?? this.#startPosition());
  }

  /** Stops and hides the player, because its video may not be watched any more. */
  unload() {
    if (this.#id === null) return;
    this.#id = null;
    this.player.video.pause();
    this.#source?.close();
    if (document.fullscreenElement) this.player.full();
    show(this.player.frame, false);
  }

  #wire(source) {
    this.#wired = true;
    this.menu.attach(source);
    this.captions.attach(source);
    source.addEventListener("waiting", ({ detail }) => this.overlay.setUnmade(detail));
    source.addEventListener("fault", ({ detail }) => {
      this.overlay.fail(detail);
      this.onFault();
    });
    new AudioMenu(this.menu).attach(source);
  }

  /** Where to start: `?t=83` takes precedence over the stored position. */
  #startPosition() {
    const asked = Number(new URLSearchParams(window.location.search).get("t") ?? NaN);
    if (asked > 0) return asked;
    const left = loadPosition(this.#id);
    if (left === 0) return -1;
    const action = { label: "Start over", run: () => this.player.seekTo(0) };
    this.player.video.addEventListener("play", () => toast(`You continue at ${clock(left)}.`, { action, seconds: 7 }), { once: true });
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
      speed: () => player.stepRate(value),
      frame: () => player.stepFrame(value),
      help: () => byId("shortcuts").showModal(),
    };
    if (!player.frame.hidden) actions[action]?.();
  }

  #fillShortcuts() {
    const rows = shortcuts.map(([keys, what]) => {
      const caps = keys.map((key) => (key === "–" ? "–" : el("kbd", { text: key })));
      return el("div", { class: "shortcut" }, el("dt", {}, ...caps), el("dd", { text: what }));
    });
    byId("shortcuts-list").append(...rows);
  }
}
