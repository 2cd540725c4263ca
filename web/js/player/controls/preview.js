// The thumbnail over the seek bar, cut out of the storyboard's sprites.

import { part } from "../../elements/parts.js";
import { setText, show } from "../../ui/dom.js";
import { clock } from "../../format/time.js";
import { parseStoryboard, tileAt } from "./vtt.js";

/** `point(fraction, x, width)` shows the bubble, `point(null)` takes it away; without a storyboard it has only the time. */
export class Preview {
  #tiles = [];
  #loaded = null;
  #refused = false;
  #last = [null];

  /** `chapter(seconds)` is the title of the chapter there, or empty; `storyboard()` its address, which is fetched with the first look, or null. */
  constructor(player, { chapter, storyboard }) {
    this.player = player;
    this.title = chapter;
    this.storyboard = storyboard;
    this.box = part(player.frame, "preview");
    this.picture = part(player.frame, "preview-picture");
    this.time = part(player.frame, "preview-time");
    this.chapter = part(player.frame, "preview-chapter");
  }

  point(fraction, x, width) {
    this.#last = [fraction, x, width];
    if (fraction === null) this.#refused = false;
    else this.#fetch();
    if (fraction === null || this.player.duration === 0) {
      show(this.box, false);
      return;
    }
    show(this.box, true);
    const at = fraction * this.player.duration;
    setText(this.time, clock(at));
    setText(this.chapter, this.title(at));
    this.#drawTile(tileAt(this.#tiles, at), width);
    const half = this.box.offsetWidth / 2;
    this.box.style.left = `${Math.min(Math.max(x, half), Math.max(half, width - half))}px`;
  }

  /** Fetches once per address; where it failed, the next visit to the seek bar tries again. */
  async #fetch() {
    const url = this.storyboard();
    if (url === null || url === this.#loaded || this.#refused) return;
    this.#loaded = url;
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(String(response.status));
      this.#tiles = parseStoryboard(await response.text(), new URL(url, window.location.href).href);
      this.point(...this.#last);
    } catch {
      this.#loaded = null;
      this.#refused = true;
    }
  }

  #drawTile(tile, width) {
    show(this.picture, tile !== null);
    if (!tile) return;
    // On a narrow player the tile is shown smaller; sprites of any size are shown at a similar size.
    const scale = Math.min(200 / tile.width, 160 / tile.height, (width * 0.4) / tile.width);
    const { style } = this.picture;
    style.width = `${tile.width}px`;
    style.height = `${tile.height}px`;
    style.backgroundImage = `url("${tile.url.replace(/["\\]/g, encodeURIComponent)}")`;
    style.backgroundPosition = `${-tile.x}px ${-tile.y}px`;
    style.zoom = String(scale);
  }
}
