// The two tabs beside the player: chat and people.

import { part } from "../../elements/parts.js";
import { show } from "../../ui/dom.js";

/** Wires the tabs in the side of a room; `onPeople()` runs when the people are looked at. */
export function sideTabs(side, onPeople) {
  const names = ["chat", "people"];
  const select = (chosen) => {
    for (const name of names) {
      const tab = part(side, `tab-${name}`);
      tab.setAttribute("aria-selected", String(name === chosen));
      tab.tabIndex = name === chosen ? 0 : -1;
      show(part(side, `panel-${name}`), name === chosen);
    }
    if (chosen === "people") onPeople();
  };
  for (const name of names) {
    const tab = part(side, `tab-${name}`);
    tab.addEventListener("click", () => select(name));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = names.find((one) => one !== name);
      select(other);
      part(side, `tab-${other}`).focus();
    });
  }
  select("chat");
}
