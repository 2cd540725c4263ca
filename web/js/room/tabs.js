// The two tabs beside the player: chat and people.

import { byId, show } from "../ui/dom.js";

/** Wires the tabs; returns `select(name)` with `chat` or `people`. */
export function sideTabs() {
  const names = ["chat", "people"];
  const select = (chosen) => {
    for (const name of names) {
      const tab = byId(`tab-${name}`);
      tab.setAttribute("aria-selected", String(name === chosen));
      tab.tabIndex = name === chosen ? 0 : -1;
      show(byId(`panel-${name}`), name === chosen);
    }
  };
  for (const name of names) {
    const tab = byId(`tab-${name}`);
    tab.addEventListener("click", () => select(name));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = names.find((one) => one !== name);
      select(other);
      byId(`tab-${other}`).focus();
    });
  }
  select("chat");
  return select;
}
