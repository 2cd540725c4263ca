// The entries of a group of the player's menu, one of which is chosen.

import { el } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

/** Fills `box` with `entries` (`{label, detail}`); the focus stays where it was. */
export function fillItems(box, entries, isChosen, choose) {
  const focused = box.contains(document.activeElement) ? [...box.children].indexOf(document.activeElement) : -1;
  const items = entries.map((entry) => {
    const item = el("button", { class: "menu-item", type: "button", role: "menuitemradio", "aria-checked": String(isChosen(entry)), tabindex: "-1", on: { click: () => choose(entry) } });
    item.append(icon("check"), el("span", { text: entry.label }));
    if (entry.detail) item.append(el("span", { class: "menu-detail", text: entry.detail }));
    return item;
  });
  box.replaceChildren(...items);
  if (focused >= 0) items[Math.min(focused, items.length - 1)]?.focus();
}
