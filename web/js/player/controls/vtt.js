// The storyboard: WebVTT cues whose text is an image with a rectangle in it (`sprite.jpg#xywh=160,90,160,90`).

/** `00:01:02.500` or `01:02.500` → 62.5; NaN when it is no time stamp. */
export function timestamp(text) {
  const match = /^(?:(\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})$/.exec(text);
  if (!match) return NaN;
  const [, h = "0", m, s, ms] = match;
  return Number(h) * 3600 + Number(m) * 60 + Number(s) + Number(ms) / 1000;
}

/** Tiles in order of time. Cues that are not tiles are skipped; relative URLs are resolved against `base`. */
export function parseStoryboard(text, base) {
  const tiles = [];
  const blocks = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n").split(/\n{2,}/);
  for (const block of blocks) {
    const lines = block.split("\n").filter((line) => line !== "");
    const at = lines.findIndex((line) => line.includes("-->"));
    if (at < 0 || at + 1 >= lines.length) continue;
    const [from, rest = ""] = lines[at].split("-->");
    const start = timestamp(from.trim());
    const end = timestamp(rest.trim().split(/\s+/)[0]);
    const tile = parseTile(lines[at + 1].trim(), base);
    if (Number.isNaN(start) || !(end > start) || !tile) continue;
    tiles.push({ start, end, ...tile });
  }
  return tiles.sort((a, b) => a.start - b.start);
}

function parseTile(payload, base) {
  const hash = payload.lastIndexOf("#xywh=");
  if (hash < 0) return null;
  const numbers = payload.slice(hash + 6).replace(/^pixel:/, "").split(",").map(Number);
  if (numbers.length !== 4 || numbers.some((n) => !Number.isFinite(n) || n < 0)) return null;
  const [x, y, width, height] = numbers;
  if (width === 0 || height === 0) return null;
  let url;
  try {
    url = new URL(payload.slice(0, hash), base);
  } catch {
    return null;
  }
  // The image becomes a CSS background, so only origins that the page may load from are accepted.
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  return { url: url.href, x, y, width, height };
}

/** The tile shown at `time`: the last one that starts at or before it. `null` for an empty storyboard. */
export function tileAt(tiles, time) {
  if (tiles.length === 0) return null;
  let low = 0;
  let high = tiles.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tiles[middle].start <= time) low = middle;
    else high = middle - 1;
  }
  return tiles[low];
}

/** At most `count` of the tiles, evenly spread; the first moment is left out where there are others. Pure. */
export function spreadTiles(tiles, count = 12) {
  if (tiles.length < 3) return tiles;
  const inner = tiles.slice(1);
  if (inner.length <= count) return inner;
  return Array.from({ length: count }, (_, index) => inner[Math.floor((index * inner.length) / count)]);
}
