// Audio tracks: which levels their group excludes, and the menu's labels.

import { trackName } from "../../i18n/language-name.js";
import { language, t } from "../../i18n/translate.js";

/**
 * Indices of the levels, in hls.js' order, whose audio group differs from the first level's. A stream with 5.1 beside stereo
 * lists every video rendition twice, and a switch between the two groups by bandwidth would break up the audio. `first` is
 * the level that the stream names first.
 */
export function otherGroups(levels, first) {
  const group = levels[first]?.audioGroupId;
  return [...levels.keys()].filter((index) => levels[index].audioGroupId !== group);
}

/** Menu entries `{index, label}`, in the stream's order. */
export function trackEntries(tracks) {
  return tracks.map(({ name, lang }, index) => ({ index, label: trackName(name, lang, language()) || t("menu.audioTrack", { number: index + 1 }), detail: "" }));
}
