// The menu behind the gear: quality and speed. Its group of subtitles is filled by captions.js.

import { byId, setText, show } from "../ui/dom.js";
import { autoLabel, levelLabel, qualityEntries, speedLabel, speeds } from "./levels.js";
import { fillItems } from "./menu-items.js";

/** The menu of a player; `source` is given when it exists. */
export class SettingsMenu {
  #source = null;

  constructor(player) {
    this.player = player;
    this.button = byId("settings");
    this.menu = byId("menu");
    this.button.addEventListener("click", () => (this.menu.hidden ? this.open() : this.close()));
    this.menu.addEventListener("keydown", (event) => this.#key(event));
    const outside = (event) => !event.composedPath().some((node) => node === this.menu || node === this.button);
    document.addEventListener("pointerdown", (event) => this.isOpen && outside(event) && this.close(false), true);
    player.video.addEventListener("ratechange", () => this.#drawSpeeds());
    player.addEventListener("controlled", () => this.#drawSpeeds());
    this.#drawSpeeds();
    this.#drawQualities();
  }

  get isOpen() {
    return !this.menu.hidden;
  }

  /** Follows a source's levels. */
  attach(source) {
    this.#source = source;
    for (const event of ["levels", "level"]) source.addEventListener(event, () => this.#drawQualities());
    this.#drawQualities();
  }

  open() {
    show(this.menu, true);
    this.button.setAttribute("aria-expanded", "true");
    (this.menu.querySelector("[aria-checked=true]") ?? this.menu.querySelector("button"))?.focus();
  }

  close(returnFocus = true) {
    show(this.menu, false);
    this.button.setAttribute("aria-expanded", "false");
    if (returnFocus) this.button.focus();
  }

  #drawQualities() {
    const levels = this.#source?.levels ?? [];
    const chosen = this.#source?.chosen ?? -1;
    const playing = this.#source?.playing ?? -1;
    const auto = { index: -1, label: chosen === -1 ? autoLabel(levels, playing) : "Auto", detail: "" };
    // With one level there is nothing to choose.
    const entries = levels.length > 1 ? [auto, ...qualityEntries(levels)] : [auto];
    this.#fill(byId("menu-quality"), entries, ({ index }) => index === chosen, ({ index }) => this.#source?.choose(index));
    const shown = levels[playing];
    setText(byId("settings-level"), shown && shown.height > 0 ? levelLabel(shown) : "");
  }

  #drawSpeeds() {
    const { rate } = this.player;
    const entries = speeds.map((speed) => ({ speed, label: speedLabel(speed), detail: "" }));
    this.#fill(byId("menu-speed"), entries, ({ speed }) => speed === rate, ({ speed }) => this.player.setRate(speed));
  }

  #fill(box, entries, isChosen, choose) {
    const run = (entry) => {
      choose(entry);
      this.close();
    };
    fillItems(box, entries, isChosen, run);
  }

  #key(event) {
    const items = [...this.menu.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === "Escape") this.close();
    else if (event.key === "Tab") this.close(false);
    else if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else return;
    if (event.key !== "Tab") event.preventDefault();
  }
}
