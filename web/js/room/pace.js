// Watching at one's own pace, and returning to the room's position.

import { t } from "../i18n/translate.js";
import { byId, setText, show } from "../ui/dom.js";

// A member who is further off than this for so long gets a button that brings them back.
const far = 1500;
const patience = 2000;

/** Wires the buttons to a follower; `changed()` runs when one's own pace begins or ends. */
export class Pace {
  #farSince = null;

  constructor(follower, changed) {
    this.follower = follower;
    this.toggle = byId("own-pace");
    this.toggle.addEventListener("click", () => {
      follower.own = !follower.own;
      changed();
      this.draw();
    });
    byId("go-live").addEventListener("click", () => {
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
    this.toggle.setAttribute("aria-pressed", String(own));
    setText(byId("own-pace-text"), own ? t("room.atOwnPace") : t("room.watchOwnPace"));
    show(byId("go-live"), own || late);
  }
}
