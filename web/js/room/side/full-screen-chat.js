// The chat in full screen: the side of the room moves into the stage, which is what fills the screen.

import { part } from "../../elements/parts.js";
import { t } from "../../i18n/translate.js";
import { setAttribute, setText, show } from "../../ui/dom.js";

/** Shows and hides the side beside the picture in full screen, by a button over the picture. */
export class FullScreenChat {
  #wanted = false;

  constructor(stage, side) {
    this.stage = stage;
    this.side = side;
    this.home = side.nextElementSibling;
    this.toggle = part(stage, "chat-toggle");
    this.mark = part(stage, "chat-toggle-unread");
    this.toggle.addEventListener("click", () => {
      this.#wanted = !this.#wanted;
      this.#place();
    });
    document.addEventListener("fullscreenchange", () => this.#place());
    this.unread = 0;
    this.#place();
  }

  /** Draws the button; `unread` messages are marked on it. */
  draw(unread) {
    const label = [t(this.#open ? "room.hideChat" : "room.showChat"), unread > 0 ? t("room.message.new", { count: unread }) : ""].filter(Boolean).join(", ");
    for (const name of ["aria-label", "title"]) setAttribute(this.toggle, name, label);
    setAttribute(this.toggle, "aria-expanded", this.#open);
    setText(this.mark, unread > 0 ? String(unread) : "");
    show(this.mark, unread > 0);
    this.unread = unread;
  }

  get #open() {
    return this.side.parentElement === this.stage;
  }

  #place() {
    const full = document.fullscreenElement === this.stage;
    show(this.toggle, full && !this.side.hidden);
    const open = full && this.#wanted;
    if (open !== this.#open) {
      // A node that moves loses the focus and what was scrolled.
      const focused = this.side.contains(document.activeElement) ? document.activeElement : null;
      if (open) this.stage.append(this.side);
      else this.home.before(this.side);
      // Beside the film everything is dark.
      if (open) this.side.dataset.theme = "dark";
      else delete this.side.dataset.theme;
      focused?.focus({ preventScroll: true });
    }
    this.draw(this.unread);
  }
}
