// The facts about the video below the player.

import { ago, clock, date, spoken } from "../format/time.js";
import { publicOrigin } from "../http/page-data.js";
import { t } from "../i18n/translate.js";
import { bestQuality, isAudioOnly } from "../http/video-facts.js";
import { copyText } from "../ui/copy.js";
import { part } from "../elements/parts.js";
import { el, setText, show } from "../ui/dom.js";
import { ProgressBar, StageList } from "../ui/progress-bar.js";
import { richText } from "./rich-text.js";
import { rowView } from "./row-view.js";

/** Title, facts, description, and the progress of a video that can be watched but is not finished. */
export class About {
  #described = null;

  /** `article` has the facts. `seek(seconds)` runs when a time in the description is chosen, `help()` shows the player's keys. */
  constructor(article, { seek, help }) {
    this.article = article;
    this.seek = seek;
    this.bar = new ProgressBar(t("watch.makingProgress"));
    this.stages = new StageList();
    this.#part("making-progress").append(this.bar.node, this.stages.node);
    this.#part("copy-link").addEventListener("click", () => copyText(`${publicOrigin()}${window.location.pathname}`));
    for (const kind of ["hls", "dash"]) this.#part(`copy-${kind}`).addEventListener("click", () => copyText(this.#part(`url-${kind}`).textContent, t("watch.addressCopied")));
    this.#part("help").addEventListener("click", help);
  }

  #part(name) {
    return part(this.article, name);
  }

  update(video) {
    const title = video.title || t("page.untitled");
    document.title = t("page.title", { title });
    setText(this.#part("heading"), title);
    setText(this.#part("by"), video.owner?.username ?? "");
    const kind = isAudioOnly(video) ? t("page.audio") : bestQuality(video);
    setText(this.#part("meta"), [video.durationMs ? clock(video.durationMs / 1000) : "", kind, ago(video.createdAt)].filter(Boolean).join(" · "));
    this.#part("meta").title = date(video.createdAt);
    this.#describe(video);
    const playable = Boolean(video.playback?.hls);
    show(this.#part("copy-link"), true);
    show(this.#part("help"), playable);
    show(this.#part("together"), playable);
    show(this.#part("elsewhere"), playable);
    if (playable) {
      for (const kind of ["hls", "dash"]) {
        const address = video.playback[kind];
        setText(this.#part(`url-${kind}`), address ? new URL(address, publicOrigin()).href : "");
        show(this.#part(`url-${kind}`).parentElement, Boolean(address));
      }
    }
    show(this.#part("making"), video.state === "playable");
    if (video.state !== "playable") return;
    const view = rowView({ video, item: null });
    this.bar.update(view.bar);
    this.stages.update(view.stages);
  }

  #describe(video) {
    const text = video.description ?? "";
    const seconds = video.playback ? (video.durationMs ?? 0) / 1000 : 0;
    show(this.#part("about-text"), text !== "");
    if (this.#described === `${seconds} ${text}`) return;
    this.#described = `${seconds} ${text}`;
    this.#part("about-text").replaceChildren(...richText(text, seconds).map((piece) => this.#piece(piece)));
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
