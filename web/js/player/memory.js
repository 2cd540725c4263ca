// What the player stores between visits: volume, speed, captions and positions.

const settingsKey = "videohost.player";
const captionsKey = "videohost.captions";
const positionsKey = "videohost.positions";
const looksKey = "videohost.captions.look";
const viewKey = "videohost.view";
const seenKey = "videohost.seen";
const sleepKey = "videohost.sleep";
const positionLimit = 100;

function read(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
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
  try {
    const seen = JSON.parse(sessionStorage.getItem(seenKey));
    return Array.isArray(seen) ? seen : [];
  } catch {
    return [];
  }
}

/** Remembers that this tab shows a video. */
export function saveSeen(id) {
  try {
    sessionStorage.setItem(seenKey, JSON.stringify([...loadSeen().filter((one) => one !== id), id].slice(-positionLimit)));
  } catch {
    // Without storage the order of the page decides.
  }
}

/** `{minutes, until}` of the sleep timer that this tab has set, `until` in milliseconds of the clock; empty without one. */
export function loadSleep() {
  try {
    return JSON.parse(sessionStorage.getItem(sleepKey)) ?? {};
  } catch {
    return {};
  }
}

/** Remembers the sleep timer of this tab; null forgets it. */
export function saveSleep(sleep) {
  try {
    sessionStorage.setItem(sleepKey, JSON.stringify(sleep));
  } catch {
    // Without storage it ends with the page.
  }
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
