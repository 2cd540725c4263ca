// How high Auto may go: not above what the player can show, and not above what is made yet.

/**
 * The highest index of `levels` (in rising order) that Auto may choose, or -1 for no limit. `size` is the player's
 * `{width, height}` in device pixels; `made(level)` says whether a level has its first segments. The lowest level that
 * is made is always allowed.
 */
export function levelCap(levels, size, made) {
  if (levels.length === 0) return -1;
  const enough = levels.findIndex(({ width, height }) => width >= size.width || height >= size.height);
  const shown = enough < 0 || size.width === 0 ? levels.length - 1 : enough;
  const all = [...levels.keys()];
  const best = all.filter((index) => index <= shown && made(levels[index])).pop();
  return best ?? all.find((index) => made(levels[index])) ?? shown;
}

/** From the API's renditions: a level is not made while its rendition is `queued`. */
export function madeIn(renditions) {
  const queued = renditions.filter(({ state, height }) => state === "queued" && height > 0);
  return ({ width, height }) => !queued.some((one) => one.width === width && one.height === height);
}
