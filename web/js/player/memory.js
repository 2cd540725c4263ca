// What the player stores between visits: volume, speed, captions and positions.

const settingsKey = "videohost.player";
const captionsKey = "videohost.captions";
const positionsKey = "videohost.positions";
const looksKey = "videohost.captions.look";
const viewKey = "videohost.view";
const seenKey = "videohost.seen";
const sleepKey = "videohost.sleep";
const lowKey = "videohost.low";
const positionLimit = 100;

// Both throw where the browser forbids storage, so they are asked for inside.
const device = () => localStorage;
const tab = () => sessionStorage;

function read(key, fallback, storage = device) {
  try {
    return JSON.parse(storage().getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

function write(key, value, storage = device) {
  try {
    storage().setItem(key, JSON.stringify(value));
  } catch {
    // Without storage nothing is remembered.
  }
}

/** `{volume, muted, rate}`. */
export function loadSettings() {
  const { volume = 1, muted = false, rate = 1 } = read(settingsKey, {});
  return { volume: volume >= 0 && volume <= 1 ? volume : 1, muted: muted === true, rate: rate >= 0.25 && rate <= 4 ? rate : 1 };
}

/** `{shown, last}`: whether captions are wanted, and the language that was used last. */
export function loadCaptions() {
  const { shown = false, last = "" } = read(captionsKey, {});
  return { shown: shown === true, last: typeof last === "string" ? last : "" };
}

export function saveCaptions(captions) {
  write(captionsKey, captions);
}

/** How captions look, as it was stored; `lookOf` makes it complete. */
export function loadLook() {
  return read(looksKey, {});
}

export function saveLook(look) {
  write(looksKey, look);
}

/**
 * `{wide, mini, next}`: whether the player takes the window's width, whether it becomes small while one scrolls, and whether
 * the next video plays by itself.
 */
export function loadView() {
  const { wide = false, mini = true, next = true } = read(viewKey, {});
  return { wide: wide === true, mini: mini !== false, next: next !== false };
}

export function saveView(view) {
  write(viewKey, view);
}

/** The ids of the videos that this tab has shown, the latest last. */
export function loadSeen() {
  const seen = read(seenKey, [], tab);
  return Array.isArray(seen) ? seen : [];
}

/** Remembers that this tab shows a video. */
export function saveSeen(id) {
  write(seenKey, [...loadSeen().filter((one) => one !== id), id].slice(-positionLimit), tab);
}

/** Whether the line of this tab was slow when a page was last loaded over it. */
export function loadLow() {
  return read(lowKey, false, tab) === true;
}

export function saveLow(low) {
  write(lowKey, low, tab);
}

/** `{minutes, until}` of the sleep timer that this tab has set, `until` in milliseconds of the clock; empty without one. */
export function loadSleep() {
  return read(sleepKey, {}, tab);
}

/** Remembers the sleep timer of this tab; null forgets it. */
export function saveSleep(sleep) {
  write(sleepKey, sleep, tab);
}

export function saveSettings(settings) {
  write(settingsKey, settings);
}

/** Seconds at which this video was left, or 0. */
export function loadPosition(id) {
  const entry = read(positionsKey, []).find((one) => one[0] === id);
  return entry && entry[1] > 0 ? entry[1] : 0;
}

/** Stores the position; near the start and the end it removes it. */
export function savePosition(id, seconds, duration) {
  const others = read(positionsKey, []).filter((one) => Array.isArray(one) && one[0] !== id);
  const worth = seconds > 15 && duration > 60 && seconds < duration - Math.max(10, duration * 0.03);
  write(positionsKey, worth ? [[id, Math.floor(seconds)], ...others].slice(0, positionLimit) : others);
}
