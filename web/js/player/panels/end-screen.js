// What is offered when a video has ended: the next one, which starts by itself after a while, and others.

import { part } from "../../elements/parts.js";
import { el, setText, show } from "../../ui/dom.js";
import { t } from "../../i18n/translate.js";

const wait = 8;
const most = 6;

/** The screen over the picture. `next` says whether the next video starts by itself (`auto`), and goes to it (`go()`). */
export class EndScreen {
  #timer = null;
  #left = 0;

  constructor(frame, next) {
    this.frame = frame;
    this.next = next;
    this.node = part(frame, "end");
    this.switch = part(frame, "end-auto");
    part(frame, "end-cancel").addEventListener("click", () => this.#stay());
    this.node.addEventListener("keydown", (event) => event.key === "Escape" && this.#stay());
    this.switch.addEventListener("change", () => (next.auto = this.switch.checked));
  }

  /** Offers these videos, the next one first. */
  open([next, ...others]) {
    const { frame } = this;
    const counts = this.next.auto && !frame.sleep?.isResting && !hasForm();
    const words = t("next.title", { title: next.title });
    setText(part(frame, "end-title"), words);
    part(frame, "end-picture").replaceChildren(...pictureOf(next));
    part(frame, "end-now").href = next.address;
    part(frame, "end-list").replaceChildren(...others.slice(0, most).map(card));
    this.switch.checked = this.next.auto;
    show(this.node, true);
    this.#left = wait;
    setText(part(frame, "end-said"), counts ? `${words}. ${t("next.startsIn", { count: wait })}` : words);
    this.node.toggleAttribute("data-counts", counts);
    show(part(frame, "end-cancel"), counts);
    setText(part(frame, "end-count"), "");
    if (!counts) return;
    this.#drawCount();
    this.#timer = window.setInterval(() => this.#count(), 1000);
  }

  close() {
    this.#stop();
    show(this.node, false);
  }

  /** Whether the next video starts by itself has changed. */
  drawAuto() {
    this.switch.checked = this.next.auto;
    if (!this.next.auto) this.#stop();
  }

  /** The user stays here: what is offered stays too. */
  #stay() {
    const focused = document.activeElement === part(this.frame, "end-cancel");
    this.#stop();
    if (focused) part(this.frame, "end-now").focus({ preventScroll: true });
  }

  #stop() {
    window.clearInterval(this.#timer);
    this.#timer = null;
    this.node.removeAttribute("data-counts");
    show(part(this.frame, "end-cancel"), false);
    setText(part(this.frame, "end-count"), "");
  }

  #count() {
    if (this.frame.sleep?.isResting) {
      this.#stay();
      return;
    }
    // Whoever writes or reads a dialog is not taken away from it.
    if (isBusy(this.frame)) this.#left = wait;
    // Without the network the browser would show its own page of errors.
    else if (navigator.onLine) this.#left -= 1;
    this.#drawCount();
    if (this.#left > 0) return;
    this.#stop();
    this.next.go?.();
  }

  #drawCount() {
    setText(part(this.frame, "end-count"), navigator.onLine ? t("next.startsIn", { count: this.#left }) : t("next.offline"));
  }
}

function isBusy(frame) {
  const focused = document.activeElement;
  const writes = focused?.matches("input:not([type=checkbox], [type=range]), textarea, select, [contenteditable]") && !frame.contains(focused);
  return writes || hasForm() || document.querySelector("dialog[open]") !== null;
}

/** Whether a form of the page is open, as an owner's. */
function hasForm() {
  return document.querySelector("[data-busy]") !== null;
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
