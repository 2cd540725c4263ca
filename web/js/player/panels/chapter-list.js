// The list of chapters, as a content of the panel.

import { clock } from "../../format/time.js";
import { el } from "../../ui/dom.js";
import { t } from "../../i18n/translate.js";

/** Lists the chapters of a player's video, and marks the current one. */
export function chapterPanel(player, chapters) {
  let buttons = [];
  const mark = () => {
    for (const [index, button] of buttons.entries()) {
      if (index === chapters.current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  };
  return {
    name: "chapters",
    title: t("menu.chapters"),
    fill: (body) => {
      buttons = chapters.all.map(({ start, title }) => {
        const time = el("span", { class: "line-time", text: clock(start) });
        return el("button", { class: "line", type: "button", on: { click: () => player.seekTo(start) } }, time, el("span", { dir: "auto", text: title }));
      });
      body.append(...buttons);
      chapters.addEventListener("current", mark);
      mark();
    },
    leave: () => chapters.removeEventListener("current", mark),
  };
}
