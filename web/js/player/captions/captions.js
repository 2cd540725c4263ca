// Captions: the button, the menu's pages, and the stored choices.

import { part } from "../../elements/parts.js";
import { setAttribute, show } from "../../ui/dom.js";
import { loadCaptions, loadLook, saveCaptions, saveLook } from "../memory.js";
import { t } from "../../i18n/translate.js";
import { captionEntries, toggled, trackIn } from "./caption-choice.js";
import { lookOf, looks } from "./caption-look.js";
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
    const { captions = [], caption = -1 } = this.#source ?? {};
    const index = caption >= 0 ? caption : this.#next(captions);
    return captions[index]?.language ?? "";
  }

  toggle() {
    const { captions = [], caption = -1 } = this.#source ?? {};
    const index = caption >= 0 ? -1 : this.#next(captions);
    if (caption >= 0 || index >= 0) this.#choose(index);
  }

  /** Adds pages to the menu. */
  fill(menu) {
    menu.addChoice("captions", {
      title: t("menu.captions"),
      shown: () => this.#any,
      entries: () => {
        const { captions = [], caption = -1 } = this.#source ?? {};
        return captionEntries(captions).map(({ index, label }) => ({ label, chosen: index === caption, run: () => this.#choose(index) }));
      },
    });
    for (const property of Object.keys(looks)) {
      menu.addChoice(`caption-${property}`, {
        title: t(`menu.${property}`),
        shown: () => this.#any && (this.#source?.caption ?? -1) >= 0,
        stays: true,
        parent: "captions",
        entries: () => Object.keys(looks[property]).map((name) => ({ label: t(`look.${name}`), chosen: lookOf(loadLook())[property] === name, run: () => this.#look(property, name) })),
      });
    }
  }

  get #any() {
    return captionEntries(this.#source?.captions ?? []).length > 1;
  }

  #next(captions) {
    return toggled(-1, captions, [loadCaptions().last, ...navigator.languages]);
  }

  #look(property, name) {
    const look = { ...lookOf(loadLook()), [property]: name };
    saveLook(look);
    this.layer.setLook(look);
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
    const on = (this.#source?.caption ?? -1) >= 0;
    show(this.button, this.#any);
    setAttribute(this.button, "aria-pressed", String(on));
    for (const name of ["aria-label", "title"]) setAttribute(this.button, name, t(on ? "player.captionsOff" : "player.captionsOn"));
    this.changed();
  }
}
