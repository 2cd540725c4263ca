// The moving preview of a card: pictures of the storyboard, one after the other.

import { part } from "../elements/parts.js";
import { parseStoryboard, spreadTiles } from "../player/controls/vtt.js";
import { show } from "../ui/dom.js";

const pause = 350;
const step = 700;
const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const boards = new Map();

/** The tiles of a storyboard; loaded once for each address, and again after a failure. */
function board(url) {
  if (!boards.has(url)) {
    const loading = fetch(url)
      .then((response) => (response.ok ? response.text() : Promise.reject(new Error(String(response.status)))))
      .then((text) => parseStoryboard(text, new URL(url, window.location.href).href));
    loading.catch(() => boards.delete(url));
    boards.set(url, loading);
  }
  return boards.get(url);
}

/** Shows the preview under a mouse, or while the card's link is focused by keyboard; not with reduced motion. */
export class CardPreview {
  #timer = null;
  #wanted = false;

  constructor(card) {
    this.card = card;
    const link = part(card, "link");
    link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.#start());
    link.addEventListener("pointerleave", () => this.#stop());
    link.addEventListener("focus", () => link.matches(":focus-visible") && this.#start());
    link.addEventListener("blur", () => this.#stop());
  }

  #start() {
    const url = this.card.dataset.storyboard;
    if (!url || still.matches || navigator.connection?.saveData || this.#wanted) return;
    this.#wanted = true;
    this.#timer = window.setTimeout(() => this.#run(url), pause);
  }

  #stop() {
    this.#wanted = false;
    window.clearTimeout(this.#timer);
    show(part(this.card, "preview"), false);
  }

  async #run(url) {
    const tiles = spreadTiles(await board(url).catch(() => []));
    let index = 0;
    const next = () => {
      if (!this.#wanted || !this.card.isConnected || tiles.length === 0) return;
      this.#draw(tiles[index]);
      index = (index + 1) % tiles.length;
      if (tiles.length > 1) this.#timer = window.setTimeout(next, step);
    };
    next();
  }

  #draw(tile) {
    const preview = part(this.card, "preview");
    show(preview, true);
    const { style } = part(this.card, "tile");
    const scale = Math.min(preview.clientWidth / tile.width, preview.clientHeight / tile.height);
    style.width = `${tile.width}px`;
    style.height = `${tile.height}px`;
    style.backgroundImage = `url("${tile.url.replace(/["\\]/g, encodeURIComponent)}")`;
    style.backgroundPosition = `${-tile.x}px ${-tile.y}px`;
    style.transform = `scale(${scale})`;
  }
}
