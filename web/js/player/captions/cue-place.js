// Where a caption stands: WebVTT's settings in a simple form. Pure.

// Snapped lines are counted in lines of this share of the picture's height, in percent.
const lineHeight = 6.5;

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * The place of a cue as `{edge, offset, left, width, align}`: `edge` is `top` or `bottom`, the others but `align` are percent
 * of the area of captions. `offset` 0 at the bottom is where cues without a line stand, one above the other.
 */
export function placeOf({ line = "auto", snapToLines = true, position = "auto", size = 100, align = "center" }) {
  const side = { start: "start", left: "left", end: "end", right: "right" }[align] ?? "center";
  const width = clamp(Number.isFinite(size) ? size : 100, 10, 100);
  const anchor = typeof position === "number" ? clamp(position, 0, 100) : { start: 0, left: 0, end: 100, right: 100 }[side] ?? 50;
  const before = side === "center" ? width / 2 : side === "end" || side === "right" ? width : 0;
  const left = clamp(anchor - before, 0, 100 - width);
  return { ...vertical(line, snapToLines), left, width, align: side };
}

function vertical(line, snaps) {
  if (typeof line !== "number") return { edge: "bottom", offset: 0 };
  if (snaps) {
    return line >= 0 ? { edge: "top", offset: clamp(line * lineHeight, 0, 90) } : { edge: "bottom", offset: clamp((-line - 1) * lineHeight, 0, 90) };
  }
  const percent = clamp(line, 0, 100);
  return percent <= 50 ? { edge: "top", offset: percent } : { edge: "bottom", offset: clamp(100 - percent - lineHeight, 0, 50) };
}

/** The last `most` cues in order, without those that another one repeats, as segments of a stream do. */
export function lastDistinct(cues, most) {
  const found = new Map();
  for (let at = cues.length - 1; at >= 0 && found.size < most; at -= 1) {
    const { startTime, endTime, text, line, position } = cues[at];
    const key = JSON.stringify([Math.round(startTime * 100), Math.round(endTime * 100), text, line, position]);
    if (!found.has(key)) found.set(key, cues[at]);
  }
  return [...found.values()].reverse();
}
