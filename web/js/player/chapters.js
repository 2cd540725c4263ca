// Chapters out of the time stamps of a description. Pure.

import { parseTime } from "./start-time.js";

const least = 3;
const stamp = /^[([]?((?:\d{1,2}:)?\d{1,3}:[0-5]\d)[)\]]?/;
const separator = /^[-–—:|.]/;

/**
 * `[{start, end, title}]` in seconds. A line that starts with a time stamp begins a chapter. There are chapters only with
 * three stamps or more, of which the first is 0:00 and each is later than the one before, as creators write them elsewhere.
 */
export function chaptersIn(description, duration) {
  const found = [];
  for (const text of String(description ?? "").split(/\r?\n/)) {
    const chapter = chapterOf(text.trim());
    if (chapter) found.push(chapter);
  }
  const rising = found.every(({ start }, index) => index === 0 || start > found[index - 1].start);
  const inside = found.filter(({ start }) => !(duration > 0) || start < duration);
  if (inside.length < least || inside[0].start !== 0 || !rising) return [];
  return inside.map((chapter, index) => ({ ...chapter, end: inside[index + 1]?.start ?? Math.max(duration || 0, chapter.start) }));
}

/** What a line without blanks around it begins, or null. */
function chapterOf(text) {
  const match = stamp.exec(text);
  if (!match) return null;
  // One pattern for the whole line would try each way to share blanks out, which takes a browser minutes.
  const title = text.slice(match[0].length).trimStart().replace(separator, "").trimStart();
  return title === "" ? null : { start: parseTime(match[1]), title };
}

/** The index of the chapter at a time, or -1. */
export function chapterAt(chapters, time) {
  return chapters.findLastIndex(({ start }) => start <= time);
}
