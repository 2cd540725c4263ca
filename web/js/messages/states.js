// Labels and fractions for a video's state and stages; unknown values are tolerated.

import { has, t } from "../i18n/translate.js";

/** A short label for a state. */
export function stateLabel(state) {
  return has(`states.${state}`) ? t(`states.${state}`) : t("states.unknown");
}

const stageKeys = ["upload", "probe", "encode", "audio", "images", "publish"];

/** The stages that a video has: `{key, label, doing, progress 0…1, active}`; the first unfinished ones are active. */
export function stagesOf(video) {
  const stages = video?.stages;
  if (!stages || typeof stages !== "object") return [];
  const known = stageKeys
    .map((key) => ({ key, label: t(`stages.name.${key}`), doing: t(`stages.doing.${key}`), progress: fraction(stages[key]) }))
    .filter(({ progress }) => progress !== null);
  // The check comes first; the other stages then run in parallel.
  const probe = known.find(({ key }) => key === "probe");
  const waitsForProbe = new Set(["encode", "audio", "images", "publish"]);
  return known.map((stage) => ({
    ...stage,
    active: stage.progress < 1 && (stage.progress > 0 || isNext(stage, known)) && !(waitsForProbe.has(stage.key) && probe && probe.progress < 1),
  }));
}

function isNext(stage, known) {
  return known.find(({ progress }) => progress < 1)?.key === stage.key;
}

/** A stage may be a fraction, `{progress}`, `{state}` or a state's name; null when it does not apply. */
function fraction(value) {
  if (typeof value === "number" && Number.isFinite(value)) return Math.min(1, Math.max(0, value));
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string") return value === "done" ? 1 : value === "skipped" ? null : 0;
  if (value && typeof value === "object") {
    if (value.state === "done") return 1;
    if (value.state === "skipped") return null;
    return fraction(value.progress ?? 0);
  }
  return null;
}

/** A short text for the active stage. */
export function doing(video) {
  const active = stagesOf(video).filter((stage) => stage.active);
  if (active.length > 0) return active[0].doing;
  return video?.state === "processing" ? t("stages.waiting") : "";
}

/** The whole video's progress, 0…1. */
export function progressOf(video) {
  if (video?.state === "ready") return 1;
  const value = Number(video?.progress);
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}
