// <vh-card>: a link to a video, with its picture and what is known of it.

import { ago, clock, date } from "../format/time.js";
import { t } from "../i18n/translate.js";
import { bestQuality, isAudioOnly } from "../http/video-facts.js";
import { loadPosition } from "../player/memory.js";
import { setText, show } from "../ui/dom.js";
import { CardPreview } from "../videos/card-preview.js";
import { part } from "./parts.js";

/**
 * A card in the light DOM; its content is the partial `card.mustache`. `data-storyboard` is the address of the storyboard, from
 * which a preview is shown under the pointer or while the link has the focus; `data-seconds` is the video's length.
 *
 * Methods: `fill(video)` shows a video of the API; `refresh()` shows again how far it was watched and how old it is.
 */
export class VideohostCard extends HTMLElement {
  #preview = null;

  connectedCallback() {
    if (this.#preview) return;
    this.#preview = new CardPreview(this);
    const image = part(this, "image");
    image.addEventListener("error", () => show(image, false));
    this.refresh();
  }

  fill(video) {
    this.parentElement.dataset.video = video.id;
    const { poster = null, smallPoster = null, storyboard = null } = video.playback ?? {};
    if (storyboard) this.dataset.storyboard = storyboard;
    if (video.durationMs) this.dataset.seconds = String(Math.floor(video.durationMs / 1000));
    part(this, "link").href = video.watchUrl ?? `/watch/${encodeURIComponent(video.id)}`;
    const image = part(this, "image");
    if (smallPoster) image.srcset = `${smallPoster} 480w, ${poster} 1280w`;
    if (poster) image.src = poster;
    show(image, poster !== null);
    this.#write("time", video.durationMs ? clock(video.durationMs / 1000) : "");
    setText(part(this, "title"), video.title || t("page.untitled"));
    this.#write("owner", video.owner?.username ?? "");
    this.#write("quality", isAudioOnly(video) ? t("page.audio") : bestQuality(video));
    show(part(this, "captions"), (video.captions ?? []).length > 0);
    part(this, "date").dateTime = video.createdAt;
    this.refresh();
  }

  refresh() {
    const when = part(this, "date");
    setText(when, ago(when.dateTime));
    when.title = date(when.dateTime);
    const left = loadPosition(this.parentElement?.dataset.video);
    const seconds = Number(this.dataset.seconds);
    const known = left > 0 && seconds > 0;
    show(part(this, "watched"), known);
    setText(part(this, "watched-text"), known ? t("card.watched", { time: clock(left) }) : "");
    if (known) part(this, "watched-fill").style.width = `${Math.min(100, (left / seconds) * 100)}%`;
  }

  #write(name, text) {
    setText(part(this, name), text);
    show(part(this, name), text !== "");
  }
}

customElements.define("vh-card", VideohostCard);
