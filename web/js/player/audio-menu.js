// The menu's group of audio tracks, for a stream that has several.

import { byId, show } from "../ui/dom.js";
import { fillItems } from "./menu-items.js";
import { trackEntries } from "./tracks.js";

/** Fills the group; `menu` is the player's menu. */
export class AudioMenu {
  constructor(menu) {
    this.menu = menu;
  }

  /** Follows a source's audio tracks. */
  attach(source) {
    source.addEventListener("tracks", () => this.#draw(source));
    this.#draw(source);
  }

  #draw(source) {
    // With one track there is nothing to choose, and the arrow keys must not land on a hidden button.
    const entries = source.tracks.length > 1 ? trackEntries(source.tracks) : [];
    show(byId("menu-audio-group"), entries.length > 0);
    fillItems(byId("menu-audio"), entries, ({ index }) => index === source.track, ({ index }) => {
      source.chooseTrack(index);
      this.menu.close();
    });
  }
}
