// The thumbnail over the seek bar, cut out of the storyboard's sprites.

import { byId, setText, show } from "../ui/dom.js";
import { parseStoryboard, tileAt } from "./vtt.js";

/** `load(url)` fetches the storyboard; `point(fraction, x, width)` shows the bubble; without a storyboard only the time. */
export class Preview {
  #tiles = [];
  #loaded = null;

  constructor(player, text) {
    this.player = player;
    this.text = text;
    this.box = byId("preview");
    this.picture = byId("preview-picture");
    this.time = byId("preview-time");
  }

  /** Loads once per address, and retries while the video is being processed and the storyboard is missing. */
  async load(url) {
    if (url === null || url === this.#loaded) return;
    this.#loaded = url;
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(String(response.status));
      this.#tiles = parseStoryboard(await response.text(), new URL(url, window.location.href).href);
    } catch {
      this.#loaded = null;
    }
  }

  point(fraction, x, width) {
    if (fraction === null || this.player.duration === 0) {
      show(this.box, false);
      return;
    }
    show(this.box, true);
    setText(this.time, this.text(this.player, fraction));
    this.#drawTile(tileAt(this.#tiles, fraction * this.player.duration), width);
    const half = this.box.offsetWidth / 2;
    this.box.style.left = `${Math.min(Math.max(x, half), Math.max(half, width - half))}px`;
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
