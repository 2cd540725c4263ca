// The card instead of the player while there is nothing to play: progress, a rejection, "not found".

import { has, t } from "../i18n/translate.js";
import { byId, setText, show } from "../ui/dom.js";
import { ProgressBar, StageList } from "../ui/progress-bar.js";
import { rowView } from "./row-view.js";

/** The card in the stage. */
export class StageCard {
  constructor() {
    this.bar = new ProgressBar(t("watch.progress"));
    this.stages = new StageList();
    // Rooms have a button of their own, and pages in frames say nothing around the stage.
    this.retry = document.getElementById("card-retry");
    this.about = document.getElementById("about");
    byId("card-progress").append(this.bar.node, this.stages.node);
  }

  hide() {
    byId("stage").toggleAttribute("data-card", false);
    show(byId("card"), false);
  }

  /** For a video that cannot be watched (yet). */
  showVideo(video) {
    const view = rowView({ video, item: null });
    const moving = video.state === "processing";
    const [title, text] = [`watch.title.${video.state}`, `watch.text.${video.state}`];
    this.#fill({ title: has(title) ? t(title) : view.label, text: has(text) ? t(text) : view.message, code: view.code, home: view.tone === "bad" });
    show(byId("card-progress"), moving);
    if (!moving) return;
    this.bar.update(view.bar);
    this.stages.update(view.stages);
  }

  /** For an error; `retry` says whether another try may help. */
  showProblem(title, text, { retry = false } = {}) {
    this.#fill({ title, text, code: "", home: true, retry });
    show(byId("card-progress"), false);
  }

  #fill({ title, text, code, home, retry = false }) {
    byId("stage").toggleAttribute("data-card", true);
    show(byId("card"), true);
    setText(byId("card-title"), title);
    setText(byId("card-text"), text);
    setText(byId("card-code"), code);
    show(byId("card-code"), code !== "");
    show(byId("card-home"), home);
    if (this.retry) show(this.retry, retry);
    // Where nothing else names the page, this is its heading.
    const alone = this.about?.hidden === true;
    for (const [name, value] of [["role", "heading"], ["aria-level", "1"]]) {
      if (alone) byId("card-title").setAttribute(name, value);
      else byId("card-title").removeAttribute(name);
    }
  }
}
