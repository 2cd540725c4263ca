// The panel over the picture: statistics, chapters or the transcript.

import { part } from "../../elements/parts.js";
import { setText, show } from "../../ui/dom.js";

/** Shows one content at a time. A content is `{name, title, fill(body), leave()}`; `fill` gets the empty body. */
export class Panel {
  #content = null;
  #before = null;

  constructor(frame) {
    this.node = part(frame, "panel");
    this.title = part(frame, "panel-title");
    this.body = part(frame, "panel-body");
    part(frame, "panel-close").addEventListener("click", () => this.close());
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  get isOpen() {
    return this.#content !== null;
  }

  /** Opens a content, or closes it when it is open already. */
  toggle(content) {
    const same = this.#content?.name === content.name;
    this.close();
    if (same) return;
    this.#before = document.activeElement;
    this.#content = content;
    setText(this.title, content.title);
    this.node.setAttribute("aria-label", content.title);
    this.node.dataset.panel = content.name;
    this.body.replaceChildren();
    show(this.node, true);
    content.fill(this.body);
    (this.body.querySelector("input, button") ?? this.node.querySelector("button")).focus({ preventScroll: true });
  }

  close() {
    if (!this.#content) return;
    const content = this.#content;
    const focused = this.node.contains(document.activeElement);
    this.#content = null;
    content.leave?.();
    show(this.node, false);
    if (focused && this.#before?.isConnected) this.#before.focus({ preventScroll: true });
  }
}
