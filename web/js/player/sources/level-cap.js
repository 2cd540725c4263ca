// The highest level for Auto: not above the player's size, and not above what is processed or soon made.

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

/**
 * The highest level that Auto may choose after a jump to where nothing is loaded: `cap` where that level is whole
 * (`whole(level)`), else the best whole one below it, else the one that is made fastest: `first`. `cap` is -1 for no limit.
 */
export function jumpCap(levels, cap, first, whole) {
  const most = cap < 0 ? levels.length - 1 : cap;
  for (let index = most; index >= 0; index -= 1) if (whole(levels[index])) return index === most ? cap : index;
  return Math.min(most, Math.max(0, first));
}

/** Whether a level has all segments: the state of its rendition in the API's answer is `ready`. */
export function wholeIn(renditions) {
  const ready = renditions.filter(({ state, height }) => state === "ready" && height > 0);
  return ({ width, height }) => ready.some((one) => one.width === width && one.height === height);
}
