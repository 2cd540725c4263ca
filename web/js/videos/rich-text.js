// A description as text, links and times of the video. Pure.

const address = /\bhttps?:\/\/[^\s<>"“”«»]+/giu;
const closing = { ")": "(", "]": "[", "}": "{" };
const time = /(?<![\d:.,])(?:(\d{1,2}):)?([0-5]?\d):([0-5]\d)(?![\d:]|[.,]\d)/g;

/**
 * `[{text}, {text, href}, {text, seconds}]`, in order. Only addresses by http and https are links, without a user's name in
 * them; only times within `duration` (seconds; 0 for unknown) lead somewhere.
 */
export function richText(text, duration = 0) {
  const pieces = [];
  let at = 0;
  for (const match of text.matchAll(address)) {
    const found = trimmed(match[0]);
    const href = hrefOf(found);
    if (href === null) continue;
    pieces.push(...times(text.slice(at, match.index), duration), { text: found, href });
    at = match.index + found.length;
  }
  return [...pieces, ...times(text.slice(at), duration)];
}

function times(text, duration) {
  const pieces = [];
  let at = 0;
  for (const match of text.matchAll(time)) {
    const [whole, hours = "0", minutes, seconds] = match;
    const value = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    if (!(value < duration)) continue;
    pieces.push({ text: text.slice(at, match.index) }, { text: whole, seconds: value });
    at = match.index + whole.length;
  }
  return [...pieces, { text: text.slice(at) }].filter((piece) => piece.text !== "");
}

/** An address without the punctuation of the sentence around it; a bracket stays if it was opened inside. */
function trimmed(found) {
  const unopened = new Map(Object.entries(closing).map(([close, open]) => [close, count(found, close) - count(found, open)]));
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found[end - 1];
    if (unopened.get(last) > 0) unopened.set(last, unopened.get(last) - 1);
    else if (!".,;:!?'’…*_".includes(last)) break;
  }
  return found.slice(0, end);
}

function count(text, character) {
  return text.split(character).length - 1;
}

function hrefOf(text) {
  try {
    const url = new URL(text);
    return url.username === "" && url.password === "" && url.hostname !== "" ? url.href : null;
  } catch {
    return null;
  }
}
