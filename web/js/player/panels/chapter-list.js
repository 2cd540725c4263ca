// Chapters: on the seek bar, beside the time, and as a list.

import { part } from "../../elements/parts.js";
import { clock } from "../../format/time.js";
import { el, setText, show } from "../../ui/dom.js";
import { chapterAt, chaptersIn } from "../chapters.js";
import { t } from "../../i18n/translate.js";

/** The chapters of a player's video; `toggle(content)` opens the list in the panel. */
export class Chapters {
  #description = "";
  #chapters = [];
  #buttons = [];

  constructor(player, toggle) {
    this.player = player;
    const { frame, video } = player;
    this.marks = part(frame, "seek-chapters");
    this.button = part(frame, "chapter");
    this.title = part(frame, "chapter-title");
    this.button.addEventListener("click", () => toggle(this.panel()));
    video.addEventListener("durationchange", () => this.#read());
    for (const event of ["timeupdate", "seeking"]) video.addEventListener(event, () => this.#drawCurrent());
  }

  /** Whether the video has chapters. */
  get any() {
    return this.#chapters.length > 0;
  }

  /** Sets the description of the video. */
  describe(description) {
    this.#description = description ?? "";
    this.#read();
  }

  /** The title of the chapter at a time, or empty. */
  titleAt(seconds) {
    return this.#chapters[chapterAt(this.#chapters, seconds)]?.title ?? "";
  }

  /** The list, as a content of the panel. */
  panel() {
    return {
      name: "chapters",
      title: t("menu.chapters"),
      fill: (body) => {
        this.#buttons = this.#chapters.map(({ start, title }) => {
          const time = el("span", { class: "line-time", text: clock(start) });
          return el("button", { class: "line", type: "button", on: { click: () => this.player.seekTo(start) } }, time, el("span", { dir: "auto", text: title }));
        });
        body.append(...this.#buttons);
        this.#drawCurrent();
      },
      leave: () => (this.#buttons = []),
    };
  }

  #read() {
    const { duration } = this.player;
    this.#chapters = duration > 0 ? chaptersIn(this.#description, duration) : [];
    const marks = this.#chapters.slice(1).map(({ start }) => {
      const mark = el("i");
      mark.style.left = `${(start / duration) * 100}%`;
      return mark;
    });
    this.marks.replaceChildren(...marks);
    this.#drawCurrent();
  }

  #drawCurrent() {
    const at = chapterAt(this.#chapters, this.player.time);
    setText(this.title, this.#chapters[at]?.title ?? "");
    show(this.button, this.any);
    for (const [index, button] of this.#buttons.entries()) {
      if (index === at) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}
