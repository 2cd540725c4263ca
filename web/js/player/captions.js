// Captions: the button, the menu's group, and the stored choice.

import { byId, setAttribute, show } from "../ui/dom.js";
import { captionEntries, toggled, trackIn } from "./caption-choice.js";
import { loadCaptions, saveCaptions } from "./memory.js";
import { fillItems } from "./menu-items.js";

/** The captions of a player; `source` is given when it exists, `close` closes the menu. */
export class CaptionsMenu {
  #source = null;
  #restored = false;

  constructor(close) {
    this.close = close;
    this.button = byId("captions");
    this.button.addEventListener("click", () => this.toggle());
    this.#draw();
  }

  /** Follows a source's captions. */
  attach(source) {
    this.#source = source;
    this.#restored = false;
    source.addEventListener("captions", () => this.#changed());
    this.#changed();
  }

  toggle() {
    const { captions = [], caption = -1 } = this.#source ?? {};
    const index = toggled(caption, captions, [loadCaptions().last, ...navigator.languages]);
    if (caption >= 0 || index >= 0) this.#choose(index);
  }

  #choose(index) {
    const language = this.#source?.captions[index]?.language ?? "";
    saveCaptions({ shown: index >= 0, last: language || loadCaptions().last });
    this.#source?.chooseCaption(index);
    this.#draw();
  }

  #changed() {
    const tracks = this.#source?.captions ?? [];
    if (tracks.length > 0 && !this.#restored) {
      this.#restored = true;
      const { shown, last } = loadCaptions();
      const index = shown ? trackIn(last, tracks) : -1;
      if (index >= 0) this.#source.chooseCaption(index);
    }
    this.#draw();
  }

  #draw() {
    const { captions = [], caption = -1 } = this.#source ?? {};
    const entries = captionEntries(captions);
    const any = entries.length > 1;
    show(this.button, any);
    show(byId("menu-captions-group"), any);
    setAttribute(this.button, "aria-pressed", String(caption >= 0));
    const label = caption >= 0 ? "Subtitles off (c)" : "Subtitles on (c)";
    for (const name of ["aria-label", "title"]) setAttribute(this.button, name, label);
    const choose = ({ index }) => {
      this.#choose(index);
      this.close();
    };
    fillItems(byId("menu-captions"), any ? entries : [], ({ index }) => index === caption, choose);
  }
}
