// Which captions show, from the stream's tracks and the stored choice. Pure.

import { trackName } from "../../i18n/language-name.js";
import { language, t } from "../../i18n/translate.js";

/** Menu entries `{index, label, detail}`: none, then every track that is not forced, in the stream's order. */
export function captionEntries(tracks) {
  const shown = tracks.map(({ label, language: tag, forced }, index) => ({ index, label: trackName(label, tag, language()) || t("menu.captions"), forced: forced === true }));
  return [{ index: -1, label: t("menu.captionsOff"), detail: "" }, ...shown.filter(({ forced }) => !forced).map(({ index, label }) => ({ index, label, detail: "" }))];
}

/** The index of the track in a language, `pt` also for `pt-BR`; -1 for no language or none of its kind. */
export function trackIn(wanted, tracks) {
  if (!wanted) return -1;
  const tag = (text) => String(text ?? "").toLowerCase();
  const primary = (text) => tag(text).split("-")[0];
  const candidates = captionEntries(tracks).filter(({ index }) => index >= 0).map(({ index }) => index);
  const exact = candidates.find((index) => tag(tracks[index].language) === tag(wanted));
  return exact ?? candidates.find((index) => primary(tracks[index].language) === primary(wanted)) ?? -1;
}

/** What the button switches to: off, or on in the last language, else the browser's language, else the first track. */
export function toggled(chosen, tracks, languages) {
  if (chosen >= 0) return -1;
  for (const wanted of languages) {
    const index = trackIn(wanted, tracks);
    if (index >= 0) return index;
  }
  return captionEntries(tracks)[1]?.index ?? -1;
}
