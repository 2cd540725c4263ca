// What the API's facts of a video mean; unknown values are tolerated.

/** Final states: nothing to follow. */
export const settledStates = new Set(["ready", "rejected", "failed", "blocked"]);

/** States in which the video can be watched. */
export const watchableStates = new Set(["playable", "ready"]);

/** `1080p`: the highest rendition by its shorter side; empty for audio. */
export function bestQuality(video) {
  const sides = (video?.renditions ?? []).map(({ width, height }) => Math.min(width ?? 0, height ?? 0)).filter((n) => n > 0);
  return sides.length === 0 ? "" : `${Math.max(...sides)}p`;
}

/** Whether a watchable video has no video track. */
export function isAudioOnly(video) {
  const list = video?.renditions ?? [];
  return list.length > 0 && list.every(({ width, height }) => !width || !height);
}
