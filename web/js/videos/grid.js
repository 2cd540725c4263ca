// The grid of videos that everyone may watch.

import { clock, ago } from "../format/time.js";
import { listPublic } from "../http/api.js";
import { t } from "../i18n/translate.js";
import { byId, el, setText, show } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { Trouble } from "../ui/trouble.js";
import { bestQuality, isAudioOnly } from "../messages/states.js";

/** One card. */
export function videoCard(video) {
  const poster = video.playback?.poster;
  const picture = poster ? el("img", { src: poster, alt: "", loading: "lazy", on: { error: () => picture.replaceWith(icon("film")) } }) : icon("film");
  const badge = video.durationMs ? el("span", { class: "card-time", text: clock(video.durationMs / 1000) }) : null;
  const kind = isAudioOnly(video) ? t("page.audio") : bestQuality(video);
  const meta = [kind, ago(video.createdAt)].filter(Boolean).join(" · ");
  return el(
    "li",
    { class: "card" },
    el(
      "a",
      { class: "card-link", href: video.watchUrl ?? `/watch/${encodeURIComponent(video.id)}` },
      el("span", { class: "card-picture" }, picture, badge),
      el("span", { class: "card-title", dir: "auto", text: video.title || t("page.untitled") }),
      el("span", { class: "card-meta", text: meta }),
    ),
  );
}

/** The grid with its "Show more"; `except` is a video that is left out. */
export class PublicGrid {
  #next = null;
  #shown = new Set();

  constructor({ except = null } = {}) {
    this.except = except;
    this.list = byId("public-grid");
    this.trouble = new Trouble(byId("public-more").parentElement);
    byId("public-more").addEventListener("click", () => this.#load(this.#next));
  }

  /** Takes over the cards that the server has put into the page; `next` is the cursor of the page after them. */
  adopt(next) {
    for (const card of this.list.querySelectorAll("[data-video]")) {
      this.#shown.add(card.dataset.video);
      const time = card.querySelector("time");
      setText(time, ago(time.dateTime));
    }
    this.#next = next;
  }

  /** Reloads the first page. The old cards stay until the answer arrives. */
  async reload() {
    await this.#load(null);
  }

  async #load(cursor) {
    this.list.setAttribute("aria-busy", "true");
    this.trouble.clear();
    try {
      const { data, page } = await listPublic(cursor);
      if (cursor === null) this.#shown.clear();
      const fresh = data.filter(({ id }) => id !== this.except && !this.#shown.has(id));
      for (const { id } of fresh) this.#shown.add(id);
      const cards = fresh.map(videoCard);
      if (cursor === null) this.list.replaceChildren(...cards);
      else this.list.append(...cards);
      this.#next = page?.next ?? null;
    } catch (problem) {
      this.trouble.tell(problem, () => this.#load(cursor));
      this.list.setAttribute("aria-busy", "false");
      return;
    }
    this.list.setAttribute("aria-busy", "false");
    show(byId("public-more"), this.#next !== null);
    show(byId("public-empty"), this.#shown.size === 0);
  }
}
