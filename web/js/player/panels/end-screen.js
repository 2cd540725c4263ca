// What is offered when a video has ended: the next one, which starts by itself after a while, and others.

import { part } from "../../elements/parts.js";
import { el, setAttribute, setText, show } from "../../ui/dom.js";
import { loadView, saveView } from "../memory.js";
import { t } from "../../i18n/translate.js";

const wait = 8;
const most = 6;

/** Others in the order in which they come: those that this tab has not shown yet, then the ones shown longest ago. Pure. */
export function inTurn(others, seen) {
  return others.toSorted((a, b) => seen.indexOf(a.id) - seen.indexOf(b.id));
}

/** The end screen and the button to the next video; without suggestions there is neither. */
export class EndScreen {
  #others = [];
  #timer = null;
  #left = 0;

  /** `changed()` runs when the button comes or goes. */
  constructor(player, signal, changed) {
    this.player = player;
    this.changed = changed;
    const { frame, video } = player;
    this.node = part(frame, "end");
    this.button = part(frame, "next");
    this.switch = part(frame, "end-auto");
    setAttribute(this.button, "title", this.button.getAttribute("aria-label"));
    this.button.addEventListener("click", () => this.go?.());
    part(frame, "end-cancel").addEventListener("click", () => this.#stay());
    this.node.addEventListener("keydown", (event) => event.key === "Escape" && this.#stay());
    this.switch.addEventListener("change", () => (this.auto = this.switch.checked));
    video.addEventListener("ended", () => this.#open());
    for (const event of ["play", "seeking", "emptied"]) video.addEventListener(event, () => this.cancel());
    signal.addEventListener("abort", () => this.#stop());
  }

  /** Sets what is offered, the next one first: `{id, title, address, poster, length}`, the last two may be empty. */
  suggest(others) {
    this.#others = others;
    show(this.button, others.length > 0);
    this.changed();
  }

  /** Goes to the next video; null without one. */
  get go() {
    const [next] = this.#others;
    return next ? () => window.location.assign(next.address) : null;
  }

  /** Whether the next video starts by itself. */
  get auto() {
    return loadView().next;
  }

  set auto(auto) {
    saveView({ ...loadView(), next: auto });
    this.switch.checked = auto;
    if (!auto) this.#stop();
  }

  /** Takes the screen away. */
  cancel() {
    this.#stop();
    show(this.node, false);
  }

  #open() {
    const [next, ...others] = this.#others;
    if (!next) return;
    const { frame } = this.player;
    setText(part(frame, "end-title"), t("next.title", { title: next.title }));
    part(frame, "end-picture").replaceChildren(...pictureOf(next));
    part(frame, "end-now").href = next.address;
    part(frame, "end-list").replaceChildren(...others.slice(0, most).map(card));
    this.switch.checked = this.auto;
    show(this.node, true);
    this.#left = wait;
    const words = t("next.title", { title: next.title });
    setText(part(frame, "end-said"), this.auto ? `${words}. ${t("next.startsIn", { count: wait })}` : words);
    this.node.toggleAttribute("data-counts", this.auto);
    show(part(frame, "end-cancel"), this.auto);
    this.#drawCount();
    if (this.auto) this.#timer = window.setInterval(() => this.#count(), 1000);
  }

  /** The user stays here: what is offered stays too. */
  #stay() {
    const { frame } = this.player;
    const focused = document.activeElement === part(frame, "end-cancel");
    this.#stop();
    if (focused) part(frame, "end-now").focus({ preventScroll: true });
  }

  #stop() {
    window.clearInterval(this.#timer);
    this.#timer = null;
    this.node.removeAttribute("data-counts");
    show(part(this.player.frame, "end-cancel"), false);
    setText(part(this.player.frame, "end-count"), "");
  }

  #count() {
    // Whoever writes or reads a dialog is not taken away from it.
    if (isBusy(this.player.frame)) this.#left = wait;
    else this.#left -= 1;
    this.#drawCount();
    if (this.#left > 0) return;
    this.#stop();
    this.go?.();
  }

  #drawCount() {
    setText(part(this.player.frame, "end-count"), this.auto ? t("next.startsIn", { count: this.#left }) : "");
  }
}

function isBusy(frame) {
  const focused = document.activeElement;
  const writes = focused?.matches("input:not([type=checkbox], [type=range]), textarea, select, [contenteditable]") && !frame.contains(focused);
  return writes || document.querySelector("dialog[open]") !== null;
}

function card(other) {
  const picture = el("span", { class: "end-picture" }, ...pictureOf(other));
  return el("li", {}, el("a", { class: "end-card", href: other.address }, picture, el("span", { class: "end-card-title", dir: "auto", text: other.title })));
}

function pictureOf({ poster, length }) {
  const image = poster ? el("img", { src: poster, alt: "" }) : null;
  image?.addEventListener("error", () => image.remove());
  return [image, length ? el("span", { class: "end-length", text: length }) : null].filter(Boolean);
}
