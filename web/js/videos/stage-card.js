// The card instead of the player while there is nothing to play: progress, a rejection, "not found".

import { byId, setText, show } from "../ui/dom.js";
import { ProgressBar, StageList } from "../ui/progress-bar.js";
import { rowView } from "./row-view.js";

const titles = {
  draft: "This video has not been uploaded yet",
  uploading: "This video is being uploaded",
  processing: "This video is being prepared",
  rejected: "This upload was not accepted",
  failed: "This video could not be made",
  blocked: "This video is blocked",
};
const texts = {
  draft: "It starts here by itself once its file has arrived.",
  uploading: "It starts here by itself once it can be watched.",
  processing: "It starts here by itself once the first seconds are ready.",
};

/** The card in the stage. */
export class StageCard {
  constructor() {
    this.bar = new ProgressBar("Progress of this video");
    this.stages = new StageList();
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
    this.#fill({ title: titles[video.state] ?? view.label, text: texts[video.state] ?? view.message, code: view.code, home: view.tone === "bad" });
    show(byId("card-progress"), moving);
    if (!moving) return;
    this.bar.update(view.bar);
    this.stages.update(view.stages);
  }

  /** For an error. */
  showProblem(title, text) {
    this.#fill({ title, text, code: "", home: true });
    show(byId("card-progress"), false);
  }

  #fill({ title, text, code, home }) {
    byId("stage").toggleAttribute("data-card", true);
    show(byId("card"), true);
    setText(byId("card-title"), title);
    setText(byId("card-text"), text);
    setText(byId("card-code"), code);
    show(byId("card-code"), code !== "");
    show(byId("card-home"), home);
  }
}
