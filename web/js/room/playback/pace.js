// Watching at one's own pace, and returning to the room's position.

import { t } from "../../i18n/translate.js";
import { part } from "../../elements/parts.js";
import { setAttribute, setText, show } from "../../ui/dom.js";

// A member who is further off than this for so long gets a button that brings them back.
const far = 1500;
const patience = 2000;

/** Wires the buttons in the bar of a room to a follower; `changed()` runs when one's own pace begins or ends. */
export class Pace {
  #farSince = null;

  constructor(bar, follower, changed) {
    this.follower = follower;
    this.toggle = part(bar, "own-pace");
    this.words = part(bar, "own-pace-text");
    this.live = part(bar, "go-live");
    this.toggle.addEventListener("click", () => {
      follower.own = !follower.own;
      changed();
      this.draw();
    });
    this.live.addEventListener("click", () => {
      if (follower.own) follower.own = false;
      else follower.jump();
      changed();
      this.draw();
    });
    follower.addEventListener("tick", () => this.draw());
  }

  draw() {
    const { own, state, off, blocked } = this.follower;
    const isFar = state?.phase === "playing" && Math.abs(off) > far && blocked !== "all";
    this.#farSince = isFar ? (this.#farSince ?? performance.now()) : null;
    const late = this.#farSince !== null && performance.now() - this.#farSince > patience;
    setAttribute(this.toggle, "aria-pressed", own);
    setAttribute(this.toggle, "title", t("room.watchOwnPace"));
    setText(this.words, own ? t("room.atOwnPace") : t("room.watchOwnPace"));
    show(this.live, own || late);
  }
}
