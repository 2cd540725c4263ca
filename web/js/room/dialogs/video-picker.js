// The dialog that chooses the room's next video from the public ones.

import { clock } from "../../format/time.js";
import { listPublic } from "../../http/api.js";
import { t } from "../../i18n/translate.js";
import { part } from "../../elements/parts.js";
import { el, setText, show } from "../../ui/dom.js";
import { icon } from "../../ui/icons.js";
import { problemSentence } from "../../messages/problems.js";

/** Wires the dialog, a `<vh-dialog>`; returns `open(currentId)`. `choose(videoId)` runs when one was picked. */
export function videoPicker(dialog, choose) {
  const [list, note, more] = ["list", "note", "more"].map((name) => part(dialog, name));
  let next = null;
  let current = null;

  const row = (video) => {
    const poster = video.playback?.smallPoster ?? video.playback?.poster;
    const picture = el("span", { class: "picker-picture" }, poster ? el("img", { src: poster, alt: "", loading: "lazy" }) : icon("film"));
    const length = video.durationMs ? clock(video.durationMs / 1000) : "";
    const words = el("span", { class: "picker-text" }, el("span", { class: "picker-title", dir: "auto", text: video.title || t("page.untitled") }), el("span", { class: "picker-meta", text: video.id === current ? t("room.playingNow") : length }));
    const run = () => {
      dialog.close();
      if (video.id !== current) choose(video.id);
    };
    return el("li", {}, el("button", { class: "picker-item", type: "button", "aria-current": video.id === current ? "true" : null, on: { click: run } }, picture, words));
  };

  const load = async (cursor) => {
    list.setAttribute("aria-busy", "true");
    try {
      const { data, page } = await listPublic(cursor);
      if (cursor === null) list.replaceChildren();
      list.append(...data.map(row));
      next = page?.next ?? null;
      setText(note, list.children.length === 0 ? t("start.latestEmpty") : "");
    } catch (problem) {
      setText(note, problemSentence(problem));
    }
    list.setAttribute("aria-busy", "false");
    show(more, next !== null);
  };
  more.addEventListener("click", () => load(next));

  return (currentId) => {
    current = currentId;
    dialog.open();
    load(null);
  };
}
