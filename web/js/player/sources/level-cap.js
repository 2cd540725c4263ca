// The highest level for Auto: not above the player's size, and not above what is processed.

/**
 * The highest index of `levels` (in rising order) that Auto may choose, or -1 for no limit. `size` is the player's
 * `{width, height}` in device pixels; `made(level)` says whether a level has its first segments. The lowest
 * processed level is always allowed.
 */
export function levelCap(levels, size, made) {
  if (levels.length === 0) return -1;
  const enough = levels.findIndex(({ width, height }) => width >= size.width || height >= size.height);
  const shown = enough < 0 || size.width === 0 ? levels.length - 1 : enough;
  const all = [...levels.keys()];
  const best = all.filter((index) => index <= shown && made(levels[index])).pop();
  return best ?? all.find((index) => made(levels[index])) ?? shown;
}

/** Whether a level is processed: its rendition in the API's answer is not `queued`. */
export function madeIn(renditions) {
  const queued = renditions.filter(({ state, height }) => state === "queued" && height > 0);
  return ({ width, height }) => !queued.some((one) => one.width === width && one.height === height);
}
