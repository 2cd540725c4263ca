// <vh-dialog>: a modal dialog.

import { part, tieLabels, uniqueId } from "./parts.js";

/**
 * A modal dialog in the light DOM. Its content is one `<dialog>`, whose part `title` names it. Escape, a press of a part `close`
 * and a press beside the dialog close it.
 *
 * Property: `fallback`, the node that gets the focus afterwards when the one that had it is gone. Methods: `open()`, `close()`.
 * Event, which does not bubble: `close`.
 */
export class VideohostDialog extends HTMLElement {
  fallback = null;

  #dialog = null;
  #before = null;

  connectedCallback() {
    if (this.#dialog) return;
    const dialog = this.querySelector("dialog");
    this.#dialog = dialog;
    tieLabels(this);
    dialog.setAttribute("aria-labelledby", uniqueId(part(this, "title")));
    dialog.addEventListener("click", (event) => (event.target === dialog || event.target.closest("[data-part=close]")) && dialog.close());
    dialog.addEventListener("close", () => this.#closed());
  }

  open() {
    if (this.#dialog.open) return;
    this.#before = document.activeElement;
    this.#dialog.showModal();
  }

  close() {
    this.#dialog.close();
  }

  #closed() {
    const lost = document.activeElement === null || document.activeElement === document.body || this.contains(document.activeElement);
    if (lost) (this.#before?.isConnected && this.#before !== document.body ? this.#before : this.fallback)?.focus();
    this.#before = null;
    this.dispatchEvent(new Event("close"));
  }
}

customElements.define("vh-dialog", VideohostDialog);
