// The transcript: the words of the captions, searched and clicked.

import { clock } from "../../format/time.js";
import { currentSession } from "../../http/session.js";
import { el, setText } from "../../ui/dom.js";
import { matches, parseCues } from "../captions/vtt-cues.js";
import { t } from "../../i18n/translate.js";

// A cue that has begun is the current one until the next begins, but not longer than this after its end.
const linger = 4;

/** The panel's content for the captions at an address. */
export function transcriptPanel(player, address) {
  const { video } = player;
  let lines = [];
  let cues = [];
  let follow = null;
  return {
    name: "transcript",
    title: t("menu.transcript"),
    async fill(body) {
      const note = el("p", { class: "panel-note", role: "status", text: t("panel.loading") });
      const search = el("input", { class: "panel-search", type: "search", placeholder: t("panel.search"), "aria-label": t("panel.search"), autocomplete: "off", dir: "auto" });
      const list = el("div", { class: "lines" });
      body.append(search, note, list);
      follow = () => mark(list);
      video.addEventListener("timeupdate", follow);
      search.addEventListener("input", () => sift(search.value, note));
      const load = async () => {
        setText(note, t("panel.loading"));
        try {
          cues = parseCues(await read(address));
        } catch {
          note.replaceChildren(t("panel.noTranscript"), " ", el("button", { class: "button button-small", type: "button", text: t("panel.again"), on: { click: load } }));
          return;
        }
        lines = cues.map(({ start, text }) => {
          const time = el("span", { class: "line-time", text: clock(start) });
          return el("button", { class: "line", type: "button", on: { click: () => player.seekTo(start) } }, time, el("span", { dir: "auto", text }));
        });
        list.replaceChildren(...lines);
        sift(search.value, note);
        mark(list);
      };
      await load();
    },
    leave: () => video.removeEventListener("timeupdate", follow),
  };

  function sift(words, note) {
    const found = new Set(matches(cues, words));
    for (const [index, line] of lines.entries()) line.hidden = !found.has(index);
    setText(note, found.size === 0 ? t("panel.noMatch") : "");
  }

  function mark(list) {
    const now = video.currentTime;
    const at = cues.findLastIndex(({ start, end }) => start <= now && now < end + linger);
    for (const [index, line] of lines.entries()) {
      if (index !== at) line.removeAttribute("aria-current");
      else if (!line.hasAttribute("aria-current")) {
        line.setAttribute("aria-current", "true");
        // Only the list moves, and only while nobody reads elsewhere in it.
        if (!list.matches(":hover, :focus-within")) list.scrollTop = line.offsetTop - list.offsetTop - list.clientHeight / 2;
      }
    }
  }
}

async function read(address) {
  const session = currentSession();
  const response = await fetch(address, { headers: session ? { Authorization: `Bearer ${session.token}` } : {} });
  if (!response.ok) throw new Error(String(response.status));
  return response.text();
}
