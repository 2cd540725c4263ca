// The card instead of the player while there is nothing to play: progress, a rejection, "not found".

import { t } from "../i18n/translate.js";
import { part } from "../elements/parts.js";
import { setText, show } from "../ui/dom.js";
import { withParts } from "../ui/later.js";

/** The card in a stage; `isAlone()` says whether nothing else names the page, so that the card's title is its heading. */
export class StageCard {
  #video = null;
  #words = null;

  constructor(stage, { isAlone = () => false } = {}) {
    this.stage = stage;
    this.isAlone = isAlone;
  }

  #part(name) {
    return part(this.stage, name);
  }

  hide() {
    this.#video = null;
    this.stage.toggleAttribute("data-card", false);
    show(this.#part("card"), false);
  }

  /** For a video that cannot be watched (yet); `text` is said instead of what its state means. The words are loaded with the first one. */
  showVideo(video, text = null) {
    this.#video = video;
    withParts(
      () => import("./stage-video.js"),
      ({ StageVideo }) => {
        if (this.#video !== video) return;
        this.#words ??= new StageVideo(this.#part("card-progress"));
        const said = this.#words.update(video);
        this.#fill(text === null ? said : { ...said, text });
      },
    );
  }

  /** For an error; `retry` says whether another try may help. */
  showProblem(title, text, { retry = false } = {}) {
    this.#video = null;
    this.#fill({ title, text, code: "", home: true, retry });
    show(this.#part("card-progress"), false);
  }

  #fill({ title, text, code, home, retry = false }) {
    this.stage.toggleAttribute("data-card", true);
    show(this.#part("card"), true);
    setText(this.#part("card-title"), title);
    setText(this.#part("card-text"), text);
    setText(this.#part("card-code"), code && t("common.code", { code }));
    show(this.#part("card-code"), code !== "");
    show(this.#part("card-home"), home);
    // Rooms have a button of their own.
    for (const node of this.stage.querySelectorAll("[data-part=card-retry]")) show(node, retry);
    for (const [name, value] of [["role", "heading"], ["aria-level", "1"]]) {
      if (this.isAlone()) this.#part("card-title").setAttribute(name, value);
      else this.#part("card-title").removeAttribute(name);
    }
  }
}
