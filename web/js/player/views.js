// Wide view and small player: how the page shows the player.

import { part } from "../elements/parts.js";
import { setAttribute, show } from "../ui/dom.js";
import { setIcon } from "../ui/icons.js";
import { loadView, saveView } from "./memory.js";
import { t } from "../i18n/translate.js";

/**
 * `data-wide` on the frame says that the page gives it the window's width; `data-mini` that it stands small in a corner,
 * because it plays and its place was scrolled out of sight.
 */
export class Views {
  #seen = true;
  #closed = false;
  #still = false;

  constructor(player) {
    this.player = player;
    this.button = part(player.frame, "wide");
    this.button.addEventListener("click", () => this.toggleWide());
    show(this.button, this.#offered);
    part(player.frame, "mini-close").addEventListener("click", () => {
      this.#closed = true;
      this.#drawMini();
    });
    this.sight = new IntersectionObserver(([{ isIntersecting }]) => {
      this.#seen = isIntersecting;
      if (isIntersecting) this.#closed = false;
      this.#drawMini();
    });
    if (this.#offered) this.sight.observe(player.frame.parentElement);
    player.video.addEventListener("play", () => this.#drawMini());
    this.#drawWide();
  }

  /** Whether the small player is wanted. */
  get mini() {
    return loadView().mini;
  }

  set mini(mini) {
    saveView({ ...loadView(), mini });
    this.#drawMini();
  }

  /** While true, the player stays in its place: what is typed below it would lie under a small one. */
  set still(still) {
    this.#still = still;
    this.#drawMini();
  }

  toggleWide() {
    if (!this.#offered) return;
    saveView({ ...loadView(), wide: !loadView().wide });
    this.#drawWide();
  }

  close() {
    this.sight.disconnect();
  }

  get #offered() {
    return this.player.frame.hasAttribute("views");
  }

  #drawWide() {
    const wide = this.#offered && loadView().wide;
    this.player.frame.toggleAttribute("data-wide", wide);
    setIcon(this.button, wide ? "narrow" : "wide");
    setAttribute(this.button, "aria-pressed", wide);
    for (const name of ["aria-label", "title"]) setAttribute(this.button, name, t(wide ? "player.normal" : "player.wide"));
  }

  #drawMini() {
    const { frame, video } = this.player;
    const small = frame.hasAttribute("data-mini");
    // Once small it stays so when it is paused, so that it can be started there again.
    const mini = this.#offered && this.mini && !this.#still && !this.#seen && !this.#closed && (small || !video.paused) && !document.fullscreenElement;
    frame.toggleAttribute("data-mini", mini);
  }
}
