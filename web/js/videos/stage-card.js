// The card instead of the player while there is nothing to play: progress, a rejection, "not found".

import { has, t } from "../i18n/translate.js";
import { part } from "../elements/parts.js";
import { setText, show } from "../ui/dom.js";
import { ProgressBar, StageList } from "../ui/progress-bar.js";
import { rowView } from "./row-view.js";

/** The card in a stage; `isAlone()` says whether nothing else names the page, so that the card's title is its heading. */
export class StageCard {
  constructor(stage, { isAlone = () => false } = {}) {
    this.stage = stage;
    this.isAlone = isAlone;
    this.bar = new ProgressBar(t("watch.progress"));
    this.stages = new StageList();
    this.#part("card-progress").append(this.bar.node, this.stages.node);
  }

  #part(name) {
    return part(this.stage, name);
  }

  hide() {
    this.stage.toggleAttribute("data-card", false);
    show(this.#part("card"), false);
  }

  /** For a video that cannot be watched (yet). */
  showVideo(video) {
    const view = rowView({ video, item: null });
    const moving = video.state === "processing";
    const [title, text] = [`watch.title.${video.state}`, `watch.text.${video.state}`];
    this.#fill({ title: has(title) ? t(title) : view.label, text: has(text) ? t(text) : view.message, code: view.code, home: view.tone === "bad" });
    show(this.#part("card-progress"), moving);
    if (!moving) return;
    this.bar.update(view.bar);
    this.stages.update(view.stages);
  }

  /** For an error; `retry` says whether another try may help. */
  showProblem(title, text, { retry = false } = {}) {
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
