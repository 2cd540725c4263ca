// Statistics for nerds: what plays, how much is loaded, what was dropped.

import { bitrate } from "../../format/bytes.js";
import { el, setText } from "../../ui/dom.js";
import { levelLabel } from "../sources/levels.js";
import { t } from "../../i18n/translate.js";

/** Seconds loaded ahead of a position; `ranges` are `[start, end]`. Pure. */
export function ahead(ranges, position) {
  const here = ranges.find(([start, end]) => start - 0.1 <= position && position < end);
  return here ? here[1] - position : 0;
}

/** The rows of the panel as `[name, value]`, out of the video element, the source and the video's id. */
export function statistics(video, source, id) {
  const { levels = [], playing = -1, facts = {} } = source ?? {};
  const level = levels[playing];
  const frames = video.getVideoPlaybackQuality?.() ?? { droppedVideoFrames: 0, totalVideoFrames: 0 };
  const ranges = [...Array(video.buffered.length).keys()].map((at) => [video.buffered.start(at), video.buffered.end(at)]);
  // A level without a picture is called by its bit rate.
  const size = level?.width > 0 ? [`${level.width}×${level.height}`, bitrate(level.bitrate)] : [];
  const rung = level ? [levelLabel(level), ...size].join(", ") : t("statistics.unknown");
  return [
    ["video", id ?? ""],
    ["rung", rung],
    ["view", `${video.clientWidth}×${video.clientHeight} · ${window.devicePixelRatio || 1}×`],
    ["codecs", facts.codecs || t("statistics.unknown")],
    ["bandwidth", Number.isFinite(facts.bandwidth) ? bitrate(facts.bandwidth) : t("statistics.unknown")],
    ["buffer", t("statistics.seconds", { count: Math.round(ahead(ranges, video.currentTime) * 10) / 10 })],
    ["frames", t("statistics.of", { count: frames.droppedVideoFrames, all: frames.totalVideoFrames })],
    ["way", facts.way ? t(`statistics.${facts.way}`) : t("statistics.unknown")],
  ];
}

/** The panel's content; `rows()` gives `statistics(…)`, which is read each second while the panel is open. */
export function statisticsPanel(rows) {
  let timer = null;
  return {
    name: "statistics",
    title: t("menu.statistics"),
    fill(body) {
      const values = new Map();
      const list = el("dl", { class: "statistics" });
      for (const [name] of rows()) {
        values.set(name, el("dd", { data: { statistic: name } }));
        list.append(el("div", { class: "statistic" }, el("dt", { text: t(`statistics.${name}`) }), values.get(name)));
      }
      const draw = () => {
        for (const [name, value] of rows()) setText(values.get(name), value);
      };
      body.append(list);
      draw();
      timer = window.setInterval(draw, 1000);
    },
    leave: () => window.clearInterval(timer),
  };
}
