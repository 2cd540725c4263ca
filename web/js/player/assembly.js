// Assembles the player's parts inside one element, and plays one video in it.

import { part } from "../elements/parts.js";
import { clock } from "../format/time.js";
import { isAudioOnly } from "../messages/states.js";
import { el, show } from "../ui/dom.js";
import { placeIcons } from "../ui/icons.js";
import { toast } from "../ui/toast.js";
import { Boost, boosts } from "./boost.js";
import { Captions } from "./captions/captions.js";
import { buttons } from "./controls/buttons.js";
import { Fit } from "./controls/fit.js";
import { idle } from "./controls/idle.js";
import { bindKeys, shortcuts } from "./controls/keys.js";
import { Menu } from "./controls/menu.js";
import { streamPages } from "./controls/menu-pages.js";
import { Overlay } from "./controls/overlay.js";
import { Preview } from "./controls/preview.js";
import { seekBar } from "./controls/seek-bar.js";
import { surface } from "./controls/surface.js";
import { mediaSession } from "./media-session.js";
import { loadPosition, savePosition } from "./memory.js";
import { Chapters } from "./panels/chapter-list.js";
import { Panel } from "./panels/panel.js";
import { EndScreen } from "./panels/end-screen.js";
import { Player } from "./player.js";
import { remotePlayback } from "./remote.js";
import { madeIn } from "./sources/level-cap.js";
import { startsLow } from "./sources/line.js";
import { speedLabel } from "./sources/levels.js";
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
  #end = new AbortController();
  #describe;
  #attachPages;

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
    this.panel = new Panel(frame);
    this.chapters = new Chapters(player, (content) => this.panel.toggle(content));
    this.preview = new Preview(player, (seconds) => this.chapters.titleAt(seconds));
    this.menu = new Menu(frame, signal, () => this.fit.gone.filter((node) => node.matches("button")));
    this.captions = new Captions(player, () => this.menu.changed());
    this.views = new Views(player);
    this.boost = new Boost(player.video);
    this.fit = new Fit(part(frame, "row"), giveWay.map((name) => part(frame, name)), () => this.menu.changed());
    this.endScreen = new EndScreen(player, signal, () => this.fit.fit());
    this.#describe = mediaSession(player, signal, () => this.endScreen.go);
    remotePlayback(frame, player.video, signal);
    buttons(player, signal, () => this.fit.fit());
    seekBar(player, (fraction, x, width) => this.preview.point(fraction, x, width));
    const wake = idle(frame, player.video, signal, () => this.menu.isOpen || (this.panel.isOpen && frame.querySelector(".panel-over :focus") !== null));
    surface(player, wake);
    bindKeys(frame, signal, (action, value) => {
      wake();
      this.#perform(action, value);
    });
    this.#fillMenu();
    this.#fillShortcuts();
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
    this.overlay.setPoster(playback.poster, isAudioOnly(video));
    this.preview.load(playback.storyboard ?? null);
    this.chapters.describe(video.description);
    this.#describe({ title: video.title ?? "", poster: playback.poster ?? null });
    this.#made = madeIn(video.renditions ?? []);
    this.#source?.know(this.#made);
    if (!other) return;
    this.panel.close();
    this.overlay.clear();
    show(this.frame, true);
    this.#startAt = startAt;
    // Before it is ready, the lowest level may have no segments yet; the first variant has.
    const low = video.state === "ready" && startsLow(navigator.connection);
    let source;
    try {
      this.#making ??= makeSource(this.player.video, playback.hls, low);
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
    source.offer((video.captions ?? []).map((one) => ({ ...one, url: captionsAddress(video.id, one.language) })));
    if (!this.#wired) this.#wire(source);
    source.know(this.#made);
    const from = startAt ?? this.#left();
    source.open(playback.hls, from > 0 ? from : -1, low);
    if (begin !== "") await this.#begin(begin);
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
    this.panel.close();
    this.endScreen.cancel();
    this.menu.close(false);
    this.player.video.pause();
    this.#source?.close();
    if (document.fullscreenElement === this.player.screen) this.player.full();
    show(this.frame, false);
  }

  /** Opens the dialog of the keys. */
  help() {
    part(this.frame, "shortcuts").showModal();
  }

  /** Ends for good: the element has left the page. */
  close() {
    this.#video = null;
    this.#end.abort();
    this.panel.close();
    this.views.close();
    this.boost.close();
    this.fit.close();
    this.player.video.pause();
    this.#source?.close();
  }

  #wire(source) {
    this.#wired = true;
    this.#attachPages(source);
    this.captions.attach(source);
    source.addEventListener("waiting", ({ detail }) => this.overlay.setWaiting(detail));
    source.addEventListener("fault", ({ detail }) => this.#failed(detail));
    for (const event of ["levels", "level"]) source.addEventListener(event, () => this.fit.fit());
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

  /** Where this video was left, with words and a way back to the start. */
  #left() {
    const left = this.alone ? loadPosition(this.#video.id) : 0;
    if (left === 0) return 0;
    const action = { label: t("player.startOver"), run: () => this.player.seekTo(0) };
    this.player.video.addEventListener("play", () => toast(t("player.resumed", { time: clock(left) }), { action, seconds: 7 }), { once: true });
    return left;
  }

  get #address() {
    return new URL(`/watch/${encodeURIComponent(this.#video?.id ?? "")}`, window.location.href).href;
  }

  get #captionLanguage() {
    const { language } = this.captions;
    return (this.#video?.captions ?? []).some((one) => one.language === language) ? language : "";
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
      next: () => this.endScreen.go?.(),
    };
    actions[action]?.();
  }

  #fillMenu() {
    const { menu, player } = this;
    this.#attachPages = streamPages(menu, player, () => this.#source);
    this.captions.fill(menu);
    menu.addChoice("boost", {
      title: t("menu.boost"),
      shown: () => "AudioContext" in window,
      entries: () => boosts.map((value) => ({ label: value === 1 ? t("menu.boostOff") : speedLabel(value), chosen: this.boost.value === value, run: () => (this.boost.value = value) })),
    });
    menu.addCommand("loop", { title: t("menu.loop"), shown: () => player.controller === null, checked: () => player.loop, run: () => (player.loop = !player.loop) });
    menu.addCommand("next", { title: t("menu.next"), shown: () => this.endScreen.go !== null, checked: () => this.endScreen.auto, run: () => (this.endScreen.auto = !this.endScreen.auto) });
    menu.addCommand("mini", { title: t("menu.mini"), shown: () => this.frame.hasAttribute("views"), checked: () => this.views.mini, run: () => (this.views.mini = !this.views.mini) });
    menu.addCommand("chapters", { title: t("menu.chapters"), shown: () => this.chapters.any, run: () => this.panel.toggle(this.chapters.panel()) });
    menu.addCommand("transcript", {
      title: t("menu.transcript"),
      shown: () => this.#captionLanguage !== "",
      run: () => later(({ transcriptPanel }) => this.panel.toggle(transcriptPanel(player, captionsAddress(this.#video.id, this.#captionLanguage)))),
    });
    menu.addCommand("share", { title: t("menu.share"), run: () => later((parts) => (this.share ??= parts.shareDialog(player, () => this.#address, () => this.#video?.title ?? ""))()) });
    menu.addCommand("statistics", { title: t("menu.statistics"), run: () => later((parts) => this.panel.toggle(parts.statisticsPanel(() => parts.statistics(player.video, this.#source, this.#video?.id)))) });
    menu.addCommand("shortcuts", { title: t("menu.shortcuts"), run: () => this.help() });
  }

  #fillShortcuts() {
    const rows = shortcuts().map(([keys, what]) => {
      const caps = keys.map((key) => (key === "–" ? "–" : el("kbd", { text: key })));
      return el("div", { class: "shortcut" }, el("dt", {}, ...caps), el("dd", { text: what }));
    });
    part(this.frame, "shortcuts-list").append(...rows);
  }
}

/** Runs `use` with the parts that are loaded on demand; without a network it says so. */
async function later(use) {
  try {
    use(await import("./panels/later.js"));
  } catch {
    toast(t("problems.code.unreachable"), { tone: "bad" });
  }
}

function captionsAddress(id, language) {
  return `/v1/videos/${encodeURIComponent(id)}/captions/${encodeURIComponent(language)}`;
}
