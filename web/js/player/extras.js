// What a player needs only when its viewer asks for it: the menu, the panels, the dialogs. Loaded then, as a part of its own.

import { part } from "../elements/parts.js";
import { publicOrigin } from "../http/page-data.js";
import { t } from "../i18n/translate.js";
import { Boost, boosts } from "./boost.js";
import { captionPages } from "./captions/caption-pages.js";
import { Menu } from "./controls/menu.js";
import { streamPages } from "./controls/menu-pages.js";
import { Preview } from "./controls/preview.js";
import { chapterPanel } from "./panels/chapter-list.js";
import { Panel } from "./panels/panel.js";
import { shareDialog } from "./panels/share.js";
import { hasKeys, shortcutRows } from "./panels/shortcuts.js";
import { statistics, statisticsPanel } from "./panels/statistics.js";
import { transcriptPanel } from "./panels/transcript.js";
import { speedLabel } from "./sources/levels.js";

/** Menu, panels and dialogs of an `Assembly`, until the signal. */
export class Extras {
  #assembly;
  #share;
  #boost;
  #menu;
  #panel;
  #preview;

  constructor(assembly, signal) {
    const { frame, player } = assembly;
    this.#assembly = assembly;
    this.#panel = new Panel(frame);
    this.#preview = new Preview(player, { chapter: (seconds) => assembly.chapters.titleAt(seconds), storyboard: () => assembly.video?.playback?.storyboard ?? null });
    this.#boost = new Boost(player.video);
    // The button of the chapters is a row of the menu in any case.
    this.#menu = new Menu(frame, signal, () => assembly.fit.gone.filter((node) => node.matches("button:not([data-part=chapter])")));
    this.#share = shareDialog(player, () => ({ address: this.#address, video: assembly.video ?? {} }));
    this.#fillMenu();
    part(frame, "shortcuts-list").append(...shortcutRows());
    signal.addEventListener("abort", () => this.#boost.close());
    frame.sleep?.addEventListener("changed", () => this.#menu.changed(), { signal });
  }

  /** Whether the controls must stay: the menu is open, or the focus is in the panel. */
  get isBusy() {
    return this.#menu.isOpen || (this.#panel.isOpen && this.#assembly.frame.querySelector(".panel-over :focus") !== null);
  }

  /** Opens the menu, or closes it. */
  toggleMenu() {
    if (this.#menu.isOpen) this.#menu.close();
    else this.#menu.open();
  }

  /** What the menu lists has changed. */
  changed() {
    this.#menu.changed();
  }

  /** Shows what is at a place of the seek bar, as `Preview` does. */
  point(...where) {
    this.#preview.point(...where);
  }

  /** Opens the list of chapters, or closes it. */
  toggleChapters() {
    this.#panel.toggle(chapterPanel(this.#assembly.player, this.#assembly.chapters));
  }

  /** Opens the dialog of the keys. */
  help() {
    part(this.#assembly.frame, "shortcuts").showModal();
  }

  /** Closes panel and menu. */
  close() {
    this.#panel.close();
    this.#menu.close(false);
  }

  get #address() {
    return new URL(`/watch/${encodeURIComponent(this.#assembly.video?.id ?? "")}`, publicOrigin()).href;
  }

  get #transcript() {
    const { captions, video } = this.#assembly;
    return (video?.captions ?? []).some((one) => one.language === captions.language) ? captions.language : "";
  }

  #fillMenu() {
    const menu = this.#menu;
    const { player, captions, next, views, chapters, frame } = this.#assembly;
    const { sleep } = frame;
    streamPages(menu, player, () => this.#assembly.source);
    captionPages(menu, captions);
    menu.addChoice("boost", {
      title: t("menu.boost"),
      shown: () => "AudioContext" in window,
      entries: () => boosts.map((value) => ({ label: value === 1 ? t("menu.boostOff") : speedLabel(value), chosen: this.#boost.value === value, run: () => (this.#boost.value = value) })),
    });
    if (sleep !== null) menu.addChoice("sleep", { title: t("menu.sleep"), entries: () => sleep.entries, value: () => sleep.words });
    menu.addCommand("loop", { title: t("menu.loop"), shown: () => player.controller === null, checked: () => player.loop, run: () => this.#repeat() });
    menu.addCommand("next", { title: t("menu.next"), shown: () => next.go !== null, checked: () => next.auto, run: () => (next.auto = !next.auto) });
    menu.addCommand("mini", { title: t("menu.mini"), shown: () => frame.hasAttribute("views"), checked: () => views.mini, run: () => (views.mini = !views.mini) });
    menu.addCommand("chapters", { title: t("menu.chapters"), shown: () => chapters.any, run: () => this.toggleChapters() });
    menu.addCommand("transcript", {
      title: t("menu.transcript"),
      shown: () => this.#transcript !== "",
      run: () => this.#panel.toggle(transcriptPanel(player, this.#assembly.captionsAddress(this.#transcript))),
    });
    menu.addCommand("share", { title: t("menu.share"), run: () => this.#share() });
    menu.addCommand("statistics", { title: t("menu.statistics"), run: () => this.#panel.toggle(statisticsPanel(() => statistics(player.video, this.#assembly.source, this.#assembly.video?.id))) });
    menu.addCommand("shortcuts", { title: t("menu.shortcuts"), shown: hasKeys, run: () => this.help() });
  }

  #repeat() {
    const { player, frame } = this.#assembly;
    player.loop = !player.loop;
    // A video that repeats has no end at which to stop.
    if (player.loop && frame.sleep?.choice === "end") frame.sleep.choice = "off";
  }
}
