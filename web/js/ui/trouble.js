// Says in its place that something could not be loaded, and tries again: by a button, after `Retry-After`, or with the network.

import { t } from "../i18n/translate.js";
import { problemSentence } from "../messages/problems.js";
import { el } from "./dom.js";

/** The note of one list or section, which stands before `place` while there is trouble. */
export class Trouble {
  #node = null;
  #end = null;

  constructor(place) {
    this.place = place;
  }

  /** Whether the note is shown. */
  get isTold() {
    return this.#node !== null;
  }

  /** Shows what is wrong; `retry()` is run once, by whatever comes first. With `focus` the button gets the focus. */
  tell(problem, retry, { focus = false } = {}) {
    this.clear();
    this.#end = new AbortController();
    const { signal } = this.#end;
    const again = () => {
      const focused = this.#node.contains(document.activeElement);
      this.clear();
      // The button goes: its focus stays near.
      if (focused) focusNear(this.place);
      retry();
    };
    const button = el("button", { class: "button button-small", type: "button", text: t("page.retry"), on: { click: again } });
    this.#node = el("div", { class: "trouble", role: "alert" }, el("p", { text: problemSentence(problem) }), button);
    this.place.before(this.#node);
    if (focus) button.focus();
    if (problem.status === 0) window.addEventListener("online", again, { once: true, signal });
    if (problem.retryAfter === null || problem.retryAfter === undefined) return;
    const timer = window.setTimeout(again, problem.retryAfter * 1000);
    signal.addEventListener("abort", () => window.clearTimeout(timer), { once: true });
  }

  /** Takes the note away. */
  clear() {
    this.#end?.abort();
    this.#node?.remove();
    this.#node = null;
  }
}

function focusNear(place) {
  if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}
