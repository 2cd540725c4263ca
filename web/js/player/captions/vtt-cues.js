// The cues of a WebVTT file as plain text, for the transcript. Pure.

import { timestamp } from "../controls/vtt.js";

const entities = { amp: "&", lt: "<", gt: ">", nbsp: "\u00a0", lrm: "\u200e", rlm: "\u200f" };

/** `[{start, end, text}]` in order of time; tags are left out, references resolved, cues without words skipped. */
export function parseCues(file) {
  const cues = [];
  for (const block of file.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n").split(/\n{2,}/)) {
    const lines = block.split("\n");
    const at = lines.findIndex((line) => line.includes("-->"));
    if (at < 0) continue;
    const [from, rest = ""] = lines[at].split("-->");
    const start = timestamp(from.trim());
    const end = timestamp(rest.trim().split(/\s+/)[0]);
    const text = plain(lines.slice(at + 1).join(" "));
    if (end > start && text !== "") cues.push({ start, end, text });
  }
  return cues.sort((a, b) => a.start - b.start);
}

/** As `parseCues`, also for SubRip, whose times have commas and may lack the hours' zeros. */
export function cuesOf(file) {
  const times = /^[ \t]*(\d+):(\d\d):(\d\d)[,.](\d{1,3})([ \t]*-->[ \t]*)(\d+):(\d\d):(\d\d)[,.](\d{1,3})/gm;
  const two = (text) => text.padStart(2, "0");
  const three = (text) => text.padEnd(3, "0");
  return parseCues(file.replace(times, (_, h, m, s, ms, arrow, h2, m2, s2, ms2) => `${two(h)}:${m}:${s}.${three(ms)}${arrow}${two(h2)}:${m2}:${s2}.${three(ms2)}`));
}

function plain(text) {
  // As in a browser, a tag that is not closed ends with the text.
  const bare = text.replace(/<[^>]*(?:>|$)/g, "").replace(/&(\w+);/g, (whole, name) => entities[name] ?? whole);
  return bare.replace(/\s+/g, " ").trim();
}

/** The indices of the cues that contain `words`, whatever their case; all for no words. */
export function matches(cues, words) {
  const wanted = words.trim().toLocaleLowerCase();
  return [...cues.keys()].filter((index) => cues[index].text.toLocaleLowerCase().includes(wanted));
}
