// Captions: the button, and the stored choices.

import { part } from "../../elements/parts.js";
import { setAttribute, show } from "../../ui/dom.js";
import { loadCaptions, loadLook, saveCaptions, saveLook } from "../memory.js";
import { t } from "../../i18n/translate.js";
import { captionEntries, toggled, trackIn } from "./caption-choice.js";
import { lookOf } from "./caption-look.js";
import { CueLayer } from "./cue-layer.js";

/** The captions of a player; `changed()` runs when the menu must be drawn anew. */
export class Captions {
  #source = null;
  #restored = false;

  constructor(player, changed) {
    this.changed = changed;
    this.layer = new CueLayer(player.frame, player.video);
    this.layer.setLook(loadLook());
    this.button = part(player.frame, "captions");
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

  /** The language of the captions that are on, else of those that the button would turn on; empty for none. */
  get language() {
    return this.tracks[this.shown >= 0 ? this.shown : this.#next()]?.language ?? "";
  }

  toggle() {
    const index = this.shown >= 0 ? -1 : this.#next();
    if (this.shown >= 0 || index >= 0) this.choose(index);
  }

  /** Whether there are captions to choose from. */
  get any() {
    return captionEntries(this.tracks).length > 1;
  }

  /** The captions of the source, in its order. */
  get tracks() {
    return this.#source?.captions ?? [];
  }

  /** The index of the captions that are on, or -1. */
  get shown() {
    return this.#source?.caption ?? -1;
  }

  /** How captions look, by property; what is set is stored. */
  get look() {
    return lookOf(loadLook());
  }

  set look(look) {
    saveLook(look);
    this.layer.setLook(look);
  }

  /** Turns captions on by their index; -1 turns them off. */
  choose(index) {
    const language = this.tracks[index]?.language ?? "";
    saveCaptions({ shown: index >= 0, last: language || loadCaptions().last });
    this.#source?.chooseCaption(index);
    this.#draw();
  }

  #next() {
    return toggled(-1, this.tracks, [loadCaptions().last, ...navigator.languages]);
  }

  #changed() {
    if (this.tracks.length > 0 && !this.#restored) {
      this.#restored = true;
      const { shown, last } = loadCaptions();
      const index = shown ? trackIn(last, this.tracks) : -1;
      if (index >= 0) this.#source.chooseCaption(index);
    }
    this.#draw();
  }

  #draw() {
    const on = this.shown >= 0;
    show(this.button, this.any);
    setAttribute(this.button, "aria-pressed", String(on));
    for (const name of ["aria-label", "title"]) setAttribute(this.button, name, t(on ? "player.captionsOff" : "player.captionsOn"));
    this.changed();
  }
}
