// The menu behind the gear: a first page of rows, and a page for each choice.

import { part } from "../../elements/parts.js";
import { el, show } from "../../ui/dom.js";
import { icon } from "../../ui/icons.js";
import { t } from "../../i18n/translate.js";
import { hasKeys } from "../panels/shortcuts.js";
import { withoutKey } from "./keys.js";

/** The menu of a player. What it offers is added by `addChoice` and `addCommand`, in the order in which it is listed. */
export class Menu {
  #rows = [];
  #page = null;

  /** `overflow()` gives the buttons that have no room in the row of controls. */
  constructor(frame, signal, overflow) {
    this.overflow = overflow;
    this.button = part(frame, "settings");
    this.menu = part(frame, "menu");
    this.menu.addEventListener("keydown", (event) => this.#key(event));
    const outside = (event) => !event.composedPath().some((node) => node === this.menu || node === this.button);
    document.addEventListener("pointerdown", (event) => this.isOpen && outside(event) && this.close(false), { signal, capture: true });
  }

  /**
   * A choice of one among several, on a page of its own: `title`, `entries()` as `{label, detail, chosen, run}`, `shown()`
   * (else the choice is left out), `stays` when the page stays open after a choice, `parent` for a choice that is listed at
   * the end of another one's page, `value()` for what the row says, if not the label of what is chosen.
   */
  addChoice(name, { title, entries, shown = () => true, stays = false, parent = null, value = () => entries().find(({ chosen }) => chosen)?.label ?? "" }) {
    this.#rows.push({ name, title, entries, shown, stays, parent, value });
  }

  /** A command: `title`, `run()`, `shown()`, and `checked()` for a switch. */
  addCommand(name, { title, run, shown = () => true, checked = null }) {
    this.#rows.push({ name, title, run, shown, checked, parent: null });
  }

  get isOpen() {
    return !this.menu.hidden;
  }

  /** Opens the first page. */
  open() {
    this.#page = null;
    show(this.menu, true);
    this.button.setAttribute("aria-expanded", "true");
    this.#draw();
    this.#focus(this.#first());
  }

  close(returnFocus = true) {
    show(this.menu, false);
    this.button.setAttribute("aria-expanded", "false");
    if (returnFocus) this.button.focus({ preventScroll: true });
  }

  /** Draws the open page anew, because what it lists has changed; the focus stays on its row. */
  changed() {
    if (!this.isOpen) return;
    const focused = this.menu.contains(document.activeElement) ? document.activeElement.dataset.row : null;
    this.#draw();
    if (focused) this.#focus(this.menu.querySelector(`[data-row="${CSS.escape(focused)}"]`) ?? this.menu.querySelector("button"));
  }

  #draw() {
    const row = this.#rows.find(({ name }) => name === this.#page);
    this.menu.setAttribute("aria-label", row?.title ?? t("menu.name"));
    this.menu.dataset.page = this.#page ?? "";
    this.menu.replaceChildren(...(row ? this.#choicePage(row) : this.#firstPage()));
  }

  #firstPage() {
    const moved = this.overflow().map((button, index) => {
      const run = () => this.#leave(() => button.click());
      const label = button.getAttribute("aria-label");
      return this.#item({ row: `over-${index}`, role: "menuitem", sign: button.querySelector("svg")?.dataset.name, label: hasKeys() ? label : withoutKey(label), run });
    });
    return [...moved, ...this.#below(null)];
  }

  /** The rows of the first page, or those at the end of a choice's page. */
  #below(parent) {
    return this.#rows.filter((row) => row.parent === parent && row.shown()).map((row) => (row.entries ? this.#choiceRow(row) : this.#commandRow(row)));
  }

  /** Where the focus begins: on what is chosen, on the first page on the first row. */
  #first() {
    const chosen = this.#page === null ? null : this.menu.querySelector("[role=menuitemradio][aria-checked=true]");
    return chosen ?? this.menu.querySelector("button");
  }

  #choiceRow({ name, title, value }) {
    const run = () => {
      this.#page = name;
      this.#draw();
      this.#focus(this.#first());
    };
    return this.#item({ row: name, role: "menuitem", label: title, detail: value(), end: "forward", run });
  }

  #commandRow({ name, title, run, checked }) {
    if (checked === null) return this.#item({ row: name, role: "menuitem", label: title, run: () => this.#leave(run) });
    const flip = () => {
      run();
      this.changed();
    };
    return this.#item({ row: name, role: "menuitemcheckbox", checked: checked(), end: "check", label: title, run: flip });
  }

  #choicePage({ name, title, entries, stays, parent }) {
    const back = () => {
      this.#page = parent;
      this.#draw();
      this.#focus(this.menu.querySelector(`[data-row="${CSS.escape(name)}"]`));
    };
    const head = this.#item({ row: "back", role: "menuitem", sign: "back", label: title, name: t("menu.back", { title }), run: back });
    const items = entries().map(({ label, detail = "", chosen, run }, index) => {
      const choose = () => {
        run();
        if (stays) this.changed();
        else this.close();
      };
      return this.#item({ row: `${name}-${index}`, role: "menuitemradio", checked: chosen, sign: "check", label, detail, run: choose });
    });
    return [head, ...items, ...this.#below(name)];
  }

  #item({ row, role, label, name = null, detail = "", checked = null, sign = null, end = null, run }) {
    const item = el("button", { class: "menu-item", type: "button", role, "aria-label": name, "aria-checked": checked === null ? null : String(checked), "aria-haspopup": end === "forward" ? "menu" : null, tabindex: "-1", data: { row }, on: { click: run } });
    if (sign) item.append(icon(sign));
    item.append(el("span", { class: "menu-label", dir: "auto", text: label }));
    if (detail) item.append(el("span", { class: "menu-detail", dir: "auto", text: detail }));
    if (end) item.append(icon(end));
    return item;
  }

  /** Closes the menu and then runs what may move the focus elsewhere. */
  #leave(run) {
    this.close();
    run();
  }

  /** Moves the focus; the row that has it is the one that Tab reaches. */
  #focus(item) {
    if (!item) return;
    for (const other of this.menu.querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
    item.tabIndex = 0;
    item.focus();
    // The row may have the focus already, and be out of sight.
    item.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const items = [...this.menu.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    const last = items.length - 1;
    // The arrow into a page points where the reading goes.
    const isMirrored = getComputedStyle(this.menu).direction === "rtl";
    const [into, out] = isMirrored ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last, PageDown: Math.min(at + 5, last), PageUp: Math.max(at - 5, 0) }[event.key];
    if (to !== undefined) this.#focus(items[(to + items.length) % items.length]);
    else if (event.key === into && document.activeElement?.hasAttribute("aria-haspopup")) document.activeElement.click();
    else if ([out, "Escape"].includes(event.key) && this.#page !== null) items[0].click();
    else if (event.key === "Escape") this.close();
    else if (event.key === "Tab") this.close(false);
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  }
}
