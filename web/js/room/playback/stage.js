// The stage: which video it holds, and the card that stands there instead.

import { follow } from "../../http/live.js";
import { t } from "../../i18n/translate.js";
import { part } from "../../elements/parts.js";
import { setText, show } from "../../ui/dom.js";
import { StageCard } from "../../videos/stage-card.js";
import { problemSentence } from "../../messages/problems.js";
import { watchableStates } from "../../http/video-facts.js";

// States in which a video has nothing to play yet.
const notYet = new Set(["draft", "uploading", "processing"]);

/** Loads what the room plays into the player of `stage`. `live` is the page's region for screen readers. */
export class Stage {
  #videoId = null;
  #stop = null;

  constructor(stage, { player, follower, live }) {
    this.stage = stage;
    this.live = live;
    this.player = player;
    this.follower = follower;
    this.card = new StageCard(stage);
  }

  /** Shows the video of a room's state; the same one again changes nothing. */
  follow({ videoId }) {
    if (videoId === this.#videoId) return;
    this.#videoId = videoId;
    this.#stop?.();
    this.follower.opening();
    this.#stop = follow(videoId, { onVideo: (video) => this.#show(video), onGone: (problem) => this.#gone(problem) });
  }

  /** Shows a message instead of the video. `again` offers another try; with `"later"` the link to leave comes first. */
  say(title, text, again) {
    this.#stop?.();
    this.#videoId = null;
    show(this.player, false);
    this.card.showProblem(title, text);
    const last = part(this.stage, again === "later" ? "card-again" : "card-home");
    last.parentElement.append(last);
    show(part(this.stage, "card-again"), Boolean(again));
    setText(this.live, title);
  }

  #show(video) {
    const { width, height } = video.renditions?.find((one) => one.width > 0 && one.height > 0) ?? { width: 16, height: 9 };
    this.stage.style.setProperty("--ratio", String(width / height));
    if (!watchableStates.has(video.state) || !video.playback?.hls) {
      show(this.player, false);
      // Here the room decides when playback starts.
      this.card.showVideo(video, notYet.has(video.state) ? t("room.notReadyText") : null);
      return;
    }
    this.card.hide();
    show(this.player, true);
    this.player.load(video, { startAt: this.#start() });
  }

  /** Seconds at which to begin loading. */
  #start() {
    const at = this.follower.target / 1000;
    return at > 0.5 ? at : 0;
  }

  #gone(problem) {
    show(this.player, false);
    if (problem.status === 404 || problem.status === 410) this.card.showProblem(t("room.videoGone"), t("room.videoGoneText"));
    else this.card.showProblem(t("watch.cannotShow"), problemSentence(problem));
  }
}
