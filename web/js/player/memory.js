// What the player stores between visits: volume, speed, captions and positions.

const settingsKey = "videohost.player";
const captionsKey = "videohost.captions";
const positionsKey = "videohost.positions";
const looksKey = "videohost.captions.look";
const viewKey = "videohost.view";
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

/** `{wide, mini}`: whether the player takes the window's width, and whether it becomes small while one scrolls. */
export function loadView() {
  const { wide = false, mini = true } = read(viewKey, {});
  return { wide: wide === true, mini: mini !== false };
}

export function saveView(view) {
  write(viewKey, view);
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
