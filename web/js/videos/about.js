// The facts about the video below the player.

import { ago, clock, date, spoken } from "../format/time.js";
import { t } from "../i18n/translate.js";
import { bestQuality, isAudioOnly } from "../messages/states.js";
import { copyText } from "../ui/copy.js";
import { byId, el, setText, show } from "../ui/dom.js";
import { ProgressBar, StageList } from "../ui/progress-bar.js";
import { richText } from "./rich-text.js";
import { rowView } from "./row-view.js";

/** Title, facts, description, and the progress of a video that can be watched but is not finished. */
export class About {
  #described = null;

  /** `seek(seconds)` runs when a time in the description is chosen. */
  constructor(seek) {
    this.seek = seek;
    this.bar = new ProgressBar(t("watch.makingProgress"));
    this.stages = new StageList();
    byId("making-progress").append(this.bar.node, this.stages.node);
    byId("copy").addEventListener("click", () => copyText(`${window.location.origin}${window.location.pathname}`));
    for (const kind of ["hls", "dash"]) byId(`copy-${kind}`).addEventListener("click", () => copyText(byId(`url-${kind}`).textContent, t("watch.addressCopied")));
    byId("help").addEventListener("click", () => document.querySelector("vh-player").help());
  }

  update(video) {
    const title = video.title || t("page.untitled");
    document.title = t("page.title", { title });
    setText(byId("title"), title);
    setText(byId("by"), video.owner?.username ?? "");
    const kind = isAudioOnly(video) ? t("page.audio") : bestQuality(video);
    setText(byId("meta"), [video.durationMs ? clock(video.durationMs / 1000) : "", kind, ago(video.createdAt)].filter(Boolean).join(" · "));
    byId("meta").title = date(video.createdAt);
    this.#describe(video);
    const playable = Boolean(video.playback?.hls);
    show(byId("copy"), true);
    show(byId("help"), playable);
    show(byId("together"), playable);
    show(byId("elsewhere"), playable);
    if (playable) {
      for (const kind of ["hls", "dash"]) {
        const address = video.playback[kind];
        setText(byId(`url-${kind}`), address ? new URL(address, window.location.href).href : "");
        show(byId(`url-${kind}`).parentElement, Boolean(address));
      }
    }
    show(byId("making"), video.state === "playable");
    if (video.state !== "playable") return;
    const view = rowView({ video, item: null });
    this.bar.update(view.bar);
    this.stages.update(view.stages);
  }

  #describe(video) {
    const text = video.description ?? "";
    const seconds = video.playback ? (video.durationMs ?? 0) / 1000 : 0;
    show(byId("description"), text !== "");
    if (this.#described === `${seconds} ${text}`) return;
    this.#described = `${seconds} ${text}`;
    byId("description").replaceChildren(...richText(text, seconds).map((piece) => this.#piece(piece)));
  }

  #piece({ text, href, seconds }) {
    if (href) return el("a", { href, rel: "nofollow ugc noopener", target: "_blank", text });
    if (seconds === undefined) return text;
    const jump = (event) => {
      event.preventDefault();
      this.seek(seconds);
    };
    return el("a", { class: "time-link", href: `#t=${seconds}`, "aria-label": t("watch.jump", { time: spoken(seconds) }), text, on: { click: jump } });
  }
}
