// A progress bar with its words, and the small bars of the stages.

import { percent } from "../format/bytes.js";
import { t } from "../i18n/translate.js";
import { el, setAttribute, setText } from "./dom.js";

/** A bar; `update({value, text})` moves it. `label` is its accessible name. */
export class ProgressBar {
  constructor(label) {
    this.fill = el("i", { class: "bar-fill" });
    this.track = el("div", { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100" }, this.fill);
    this.text = el("p", { class: "bar-text" });
    this.node = el("div", { class: "bar-box" }, this.track, this.text);
  }

  update({ value, text }) {
    setAttribute(this.track, "aria-valuenow", Math.floor(value * 100));
    setAttribute(this.track, "aria-valuetext", text || percent(value));
    this.fill.style.transform = `scaleX(${value.toFixed(4)})`;
    setText(this.text, text);
  }
}

/** The list of stages; `update(stages)` as `stagesOf` makes them. */
export class StageList {
  #rows = new Map();

  constructor() {
    this.node = el("ul", { class: "steps", "aria-label": t("stages.label") });
  }

  update(stages) {
    // A stage may turn out not to apply: there is no sound, or no picture.
    for (const [key, { node }] of this.#rows) {
      if (stages.some((stage) => stage.key === key)) continue;
      node.remove();
      this.#rows.delete(key);
    }
    for (const stage of stages) {
      const row = this.#rows.get(stage.key) ?? this.#add(stage);
      const done = stage.progress >= 1;
      setAttribute(row.node, "data-state", done ? "done" : stage.active ? "active" : "next");
      row.fill.style.transform = `scaleX(${stage.progress.toFixed(4)})`;
      setText(row.value, done ? t("stages.done") : stage.active ? percent(stage.progress) : "");
    }
  }

  #add({ key, label }) {
    const fill = el("i", { class: "bar-fill" });
    const value = el("span", { class: "step-value" });
    const node = el("li", { class: "step" }, el("span", { class: "step-label", text: label }), value, el("span", { class: "bar bar-thin" }, fill));
    const row = { node, fill, value };
    this.#rows.set(key, row);
    this.node.append(node);
    return row;
  }
}
