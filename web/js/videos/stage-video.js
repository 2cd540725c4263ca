// What the card of a stage says of a video that cannot be watched (yet). Loaded where there is one.

import { has, t } from "../i18n/translate.js";
import { show } from "../ui/dom.js";
import { ProgressBar, StageList } from "../ui/progress-bar.js";
import { rowView } from "./row-view.js";

/** The progress in `box`, and the words. */
export class StageVideo {
  constructor(box) {
    this.box = box;
    this.bar = new ProgressBar(t("watch.progress"));
    this.stages = new StageList();
    box.append(this.bar.node, this.stages.node);
  }

  /** Draws the progress of `video`; returns `{title, text, code, home}` for the card, `home` says whether it offers the way out. */
  update(video) {
    const view = rowView({ video, item: null });
    const moving = video.state === "processing";
    show(this.box, moving);
    if (moving) {
      this.bar.update(view.bar);
      this.stages.update(view.stages);
    }
    const [title, text] = [`watch.title.${video.state}`, `watch.text.${video.state}`];
    return { title: has(title) ? t(title) : view.label, text: has(text) ? t(text) : view.message, code: view.code, home: view.tone === "bad" };
  }
}
