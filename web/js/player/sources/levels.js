// The quality menu's labels, from the levels of a stream.

import { bitrate } from "../../format/bytes.js";
import { language, t } from "../../i18n/translate.js";

/** `720p`, `1080p60`, or the bit rate of a stream without picture. By the shorter side, so that portrait reads well. */
export function levelLabel({ width, height, frameRate = 0, bitrate: rate = 0 }) {
  const side = Math.min(width || 0, height || 0);
  if (side === 0) return bitrate(rate) || t("page.audio");
  return `${side}p${frameRate > 32 ? Math.round(frameRate) : ""}`;
}

/** Menu entries `{index, label, detail}`, best first. Levels that would read the same show their bit rate. */
export function qualityEntries(levels) {
  const entries = levels.map((level, index) => ({ index, level, label: levelLabel(level) }));
  entries.sort((a, b) => b.level.height * b.level.width - a.level.height * a.level.width || b.level.bitrate - a.level.bitrate);
  return entries.map(({ index, level, label }) => {
    const twin = entries.some((other) => other.index !== index && other.label === label);
    return { index, label, detail: twin ? bitrate(level.bitrate) : "" };
  });
}

/** `Auto (720p)` once it is known what Auto plays. */
export function autoLabel(levels, playing) {
  return levels[playing] ? t("menu.autoPlays", { level: levelLabel(levels[playing]) }) : t("menu.auto");
}

/** Speeds of the menu. */
export const speeds = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** `1.25×`. */
export function speedLabel(rate) {
  return `${new Intl.NumberFormat(language()).format(rate)}×`;
}

/** The next speed up (+1) or down (-1). */
export function nextSpeed(rate, direction) {
  if (direction > 0) return speeds.find((speed) => speed > rate) ?? speeds[speeds.length - 1];
  return [...speeds].reverse().find((speed) => speed < rate) ?? speeds[0];
}
