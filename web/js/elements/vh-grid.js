// <vh-grid>: the public videos as cards, with "Show more".

import { listPublic } from "../http/api.js";
import { t } from "../i18n/translate.js";
import { el, setText, show } from "../ui/dom.js";
import { Trouble } from "../ui/trouble.js";
import { part } from "./parts.js";
import "./vh-card.js";

const key = "grid";

/**
 * The grid in the light DOM; its content is the partial `grid.mustache`, with a part `empty` before it. The server has put the
 * first cards in. The entry of the history keeps how many cards there were and where the page stood, so that coming back from a
 * video leads to the same place.
 *
 * Methods: `adopt(next, {except})` takes over the cards of the page; `next` is the cursor of the page after them, `except` a
 * video that is left out. `reload()` loads the first page again.
 */
export class VideohostGrid extends HTMLElement {
  #next = null;
  #except = null;
  #shown = new Set();
  #trouble = null;
  #ready = false;

  connectedCallback() {
    if (this.#ready) return;
    this.#ready = true;
    part(this, "more").addEventListener("click", () => this.#load(this.#next, { byHand: true }));
    this.#trouble = new Trouble(part(this, "more").parentElement);
    this.addEventListener("click", (event) => this.#keep(event.target.closest("[data-video]")));
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      // The browser has kept the page as it was.
      this.#store(undefined);
      this.#cards().forEach((card) => card.refresh());
    });
  }

  async adopt(next, { except = null } = {}) {
    this.#next = next;
    this.#except = except;
    for (const item of part(this, "list").querySelectorAll("[data-video]")) this.#shown.add(item.dataset.video);
    await this.#restore();
  }

  async reload() {
    await this.#load(null);
  }

  #cards() {
    return part(this, "list").querySelectorAll("vh-card");
  }

  async #load(cursor, { byHand = false } = {}) {
    const list = part(this, "list");
    this.#trouble.clear();
    list.setAttribute("aria-busy", "true");
    const bones = cursor !== null || this.#shown.size === 0 ? skeletons(cursor === null ? 8 : 4) : [];
    list.append(...bones);
    let fresh = [];
    try {
      const { data, page } = await listPublic(cursor);
      if (cursor === null) this.#shown.clear();
      fresh = data.filter(({ id }) => id !== this.#except && !this.#shown.has(id)).map((video) => this.#card(video));
      bones.forEach((bone) => bone.remove());
      if (cursor === null) list.replaceChildren(...fresh);
      else list.append(...fresh);
      for (const item of fresh) {
        this.#shown.add(item.dataset.video);
        item.querySelector("vh-card").refresh();
      }
      this.#next = page?.next ?? null;
    } catch (problem) {
      bones.forEach((bone) => bone.remove());
      this.#trouble.tell(problem, () => this.#load(cursor, { byHand }), { focus: byHand });
    }
    list.setAttribute("aria-busy", "false");
    const failed = this.#trouble.isTold;
    const more = part(this, "more");
    const focused = document.activeElement === more || document.activeElement === document.body;
    show(more, this.#next !== null && !failed);
    show(part(this, "empty"), this.#shown.size === 0 && !failed);
    if (!byHand || failed) return;
    setText(part(this, "said"), t("card.added", { count: fresh.length }));
    // The button goes with the last page; its focus goes to the first card that came.
    if (more.hidden && focused) fresh[0]?.querySelector("a").focus();
  }

  #card(video) {
    const item = document.importNode(part(this, "card").content, true).querySelector("li");
    customElements.upgrade(item);
    item.querySelector("vh-card").fill(video);
    return item;
  }

  /** Stores where the page stands when a card is followed. */
  #keep(item) {
    if (!item) return;
    this.#store({ count: this.#shown.size, top: window.scrollY, video: item.dataset.video });
  }

  #store(place) {
    try {
      window.history.replaceState({ ...window.history.state, [key]: place }, "");
    } catch {
      // Too many changes in a short time: the place is not kept.
    }
  }

  async #restore() {
    const place = window.history.state?.[key];
    if (!place) return;
    // Loading the same entry again starts at the top.
    this.#store(undefined);
    while (this.#shown.size < place.count && this.#next !== null && !this.#trouble.isTold) await this.#load(this.#next);
    const item = [...this.querySelectorAll("[data-video]")].find(({ dataset }) => dataset.video === place.video);
    if (!item) return;
    window.scrollTo(0, place.top);
    item.querySelector("a").focus({ preventScroll: true });
  }
}

/** Grey cards in the place of those that are being loaded. */
function skeletons(count) {
  return Array.from({ length: count }, () =>
    el("li", { class: "card skeleton", "aria-hidden": "true" }, el("span", { class: "card-picture" }), el("span", { class: "skeleton-line" }), el("span", { class: "skeleton-line skeleton-short" })),
  );
}

customElements.define("vh-grid", VideohostGrid);
