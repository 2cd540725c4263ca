// What the menu offers of the stream: quality, speed, audio track.

import { t } from "../../i18n/translate.js";
import { autoLabel, qualityEntries, speedLabel, speeds } from "../sources/levels.js";
import { trackEntries } from "../sources/tracks.js";

/** Adds the pages; `source()` is the player's source, or null before there is one. */
export function streamPages(menu, player, source) {
  menu.addChoice("quality", {
    title: t("menu.quality"),
    entries: () => {
      const { levels = [], chosen = -1, playing = -1 } = source() ?? {};
      const auto = { index: -1, label: chosen === -1 ? autoLabel(levels, playing) : t("menu.auto"), detail: "" };
      // With one level there is nothing to choose.
      const entries = levels.length > 1 ? [auto, ...qualityEntries(levels)] : [auto];
      return entries.map(({ index, label, detail }) => ({ label, detail, chosen: index === chosen, run: () => source()?.choose(index) }));
    },
  });
  menu.addChoice("speed", {
    title: t("menu.speed"),
    entries: () => speeds.map((speed) => ({ label: speedLabel(speed), chosen: speed === player.rate, run: () => player.setRate(speed) })),
  });
  menu.addChoice("audio", {
    title: t("menu.audio"),
    shown: () => (source()?.tracks.length ?? 0) > 1,
    entries: () => trackEntries(source()?.tracks ?? []).map(({ index, label }) => ({ label, chosen: index === source().track, run: () => source().chooseTrack(index) })),
  });
}
