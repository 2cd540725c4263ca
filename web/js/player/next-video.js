// What comes after a video: the button to the next one, and the end screen, which is loaded when a video has ended.

import { part } from "../elements/parts.js";
import { setAttribute, show } from "../ui/dom.js";
import { withParts } from "../ui/later.js";
import { loadView, saveView } from "./memory.js";

/** Others in the order in which they come: those that this tab has not shown yet, then the ones shown longest ago. Pure. */
export function inTurn(others, seen) {
  return others.toSorted((a, b) => seen.indexOf(a.id) - seen.indexOf(b.id));
}

/** The videos that are offered next; without any there is neither button nor end screen. */
export class NextVideo {
  #others = [];
  #screen = null;
  #ended = false;

  /** `changed()` runs when the button comes or goes. */
  constructor(player, signal, changed) {
    this.player = player;
    this.changed = changed;
    this.button = part(player.frame, "next");
    setAttribute(this.button, "title", this.button.getAttribute("aria-label"));
    this.button.addEventListener("click", () => this.go?.());
    player.video.addEventListener("ended", () => this.#offer());
    for (const event of ["play", "seeking", "emptied"]) player.video.addEventListener(event, () => this.cancel());
    signal.addEventListener("abort", () => this.cancel());
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
    this.#screen?.drawAuto();
  }

  /** Takes the end screen away. */
  cancel() {
    this.#ended = false;
    this.#screen?.close();
  }

  #offer() {
    this.#ended = true;
    if (this.#others.length === 0) return;
    const open = ({ EndScreen }) => {
      // Who has gone back into the video while it was loaded is not interrupted.
      if (!this.#ended) return;
      this.#screen ??= new EndScreen(this.player.frame, this);
      this.#screen.open(this.#others);
    };
    withParts(() => import("./panels/end-screen.js"), open);
  }
}
