// The player's keys. `actionFor` is pure; `bindKeys` asks it.

/** For the help dialog: keys and what they do. */
export const shortcuts = [
  [["Space", "K"], "Play or pause"],
  [["←", "→"], "5 seconds back or ahead"],
  [["J", "L"], "10 seconds back or ahead"],
  [["↑", "↓"], "Louder or quieter"],
  [["M"], "Sound off or on"],
  [["C"], "Subtitles on or off"],
  [["F"], "Full screen"],
  [["I"], "Picture in picture"],
  [["0", "–", "9"], "Jump to 0 to 90 %"],
  [["Home", "End"], "Start or end"],
  [["<", ">"], "Slower or faster"],
  [[",", "."], "One frame back or ahead, while paused"],
  [["?"], "These shortcuts"],
];

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

/** Runs `perform(action, value)` for the keys pressed anywhere on the page. */
export function bindKeys(perform) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const action = actionFor(event, targetOf(event.target));
    // Arrows up and down, Home and End scroll the page unless the focus is in the player.
    const scrolls = ["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key);
    if (!action || (scrolls && !event.target.closest?.("#player") && !document.fullscreenElement)) return;
    event.preventDefault();
    perform(...action);
  });
}

function targetOf(node) {
  if (!(node instanceof Element)) return "page";
  if (node.id === "seek-input") return "slider";
  if (node.id === "volume") return "volume";
  if (node.closest("[role=menu]")) return "menu";
  if (node.matches("input, textarea, select, [contenteditable]")) return "text";
  if (node.closest("button, a, summary")) return "button";
  return "page";
}
