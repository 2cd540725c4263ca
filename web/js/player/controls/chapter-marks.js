// Chapters on the seek bar and beside the time.

import { part } from "../../elements/parts.js";
import { el, setText, show } from "../../ui/dom.js";
import { chapterAt, chaptersIn } from "../chapters.js";

/** The chapters of a player's video. Event: `current`, when another one may play. */
export class Chapters extends EventTarget {
  #description = "";
  #chapters = [];

  /** `list()` opens their list. */
  constructor(player, list) {
    super();
    this.player = player;
    const { frame, video } = player;
    this.marks = part(frame, "seek-chapters");
    this.button = part(frame, "chapter");
    this.title = part(frame, "chapter-title");
    this.button.addEventListener("click", list);
    video.addEventListener("durationchange", () => this.#read());
    for (const event of ["timeupdate", "seeking"]) video.addEventListener(event, () => this.#drawCurrent());
  }

  /** Whether the video has chapters. */
  get any() {
    return this.#chapters.length > 0;
  }

  /** The chapters as `{start, end, title}`. */
  get all() {
    return this.#chapters;
  }

  /** The index of the chapter that plays, or -1. */
  get current() {
    return chapterAt(this.#chapters, this.player.time);
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
    setText(this.title, this.#chapters[this.current]?.title ?? "");
    show(this.button, this.any);
    this.dispatchEvent(new Event("current"));
  }
}
