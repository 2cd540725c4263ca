// The player's keys. `actionFor` is pure; `bindKeys` asks it.

const table = {
  k: ["toggle"],
  j: ["seekBy", -10],
  l: ["seekBy", 10],
  ArrowLeft: ["seekBy", -5],
  ArrowRight: ["seekBy", 5],
  ArrowUp: ["volumeBy", 0.05],
  ArrowDown: ["volumeBy", -0.05],
  m: ["mute"],
  c: ["captions"],
  f: ["full"],
  i: ["pip"],
  t: ["wide"],
  N: ["next"],
  Home: ["seekTo", 0],
  End: ["seekTo", 1],
  "<": ["speed", -1],
  ">": ["speed", 1],
  ",": ["frame", -1],
  ".": ["frame", 1],
  "?": ["help"],
};

/**
 * `[action, value]` for a key, or null. `target` says what has the focus: `text` (no keys are handled), `button`
 * (Space and Enter press it), `slider` (the seek bar), `volume` (it handles its own arrows), `menu`, or `page`.
 */
export function actionFor({ key, ctrlKey, metaKey, altKey }, target = "page") {
  if (ctrlKey || metaKey || altKey || target === "text") return null;
  if (key === " " || key === "Spacebar") return target === "button" || target === "menu" ? null : ["toggle"];
  if (target === "menu" && /^(Arrow|Home|End|Enter)/.test(key)) return null;
  if (target === "volume" && /^(Arrow|Home|End)/.test(key)) return null;
  if (/^[0-9]$/.test(key)) return ["seekTo", Number(key) / 10];
  return table[key] ?? table[key.toLowerCase()] ?? null;
}

// The player that gets the keys of the page: the one that was used last, at first the page's first one.
let active = null;

/** Runs `perform(action, value)` for the keys pressed anywhere on the page, for the player that was used last. */
export function bindKeys(frame, signal, perform) {
  active ??= frame;
  for (const event of ["focusin", "pointerdown"]) frame.addEventListener(event, () => (active = frame));
  const press = (event) => {
    if (!active?.isConnected) active = frame;
    if (active !== frame || frame.hidden || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const action = actionFor(event, targetOf(event.target));
    // Arrows up and down, Home and End scroll the page unless the focus is in the player.
    const scrolls = ["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key);
    if (!action || (scrolls && !frame.contains(event.target) && !document.fullscreenElement)) return;
    event.preventDefault();
    perform(...action);
  };
  document.addEventListener("keydown", press, { signal });
  // Nothing of a player that has left the page is kept.
  signal.addEventListener("abort", () => (active = active === frame ? null : active));
}

function targetOf(node) {
  if (!(node instanceof Element)) return "page";
  if (node.dataset.part === "seek-input") return "slider";
  if (node.dataset.part === "volume") return "volume";
  if (node.closest("[role=menu]")) return "menu";
  if (node.matches("input, textarea, select, [contenteditable]")) return "text";
  if (node.closest("button, a, summary")) return "button";
  return "page";
}

/** A button's label without its key, as in `Full screen (f)`. Pure. */
export function withoutKey(label) {
  return label.replace(/ \([^()]{1,3}\)$/u, "");
}
