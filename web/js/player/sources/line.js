// What is known of the line before the first segment is measured.

import { loadLow, saveLow } from "../memory.js";

// Below this many megabits a second the lowest level starts: its first segment is there a second earlier.
const slow = 2;
// From fewer bytes nothing follows.
const enough = 25_000;

/**
 * Whether a stream starts with its lowest level and not with its first variant: on a slow line, or where the user asks for little
 * data. `connection` is `navigator.connection`; in browsers without one, `entries` of the page's resource timing tell, and where
 * its files came from the cache, what was found on the page before.
 */
export function startsLow(connection, entries = performance.getEntries()) {
  if (connection) return connection.saveData === true || (connection.downlink > 0 && connection.downlink < slow);
  const rate = rateOf(entries);
  if (Number.isNaN(rate)) return loadLow();
  saveLow(rate < slow);
  return rate < slow;
}

/** Megabits a second at which files came over the line, while any of them did; NaN where too little did. Pure. */
export function rateOf(entries) {
  let [bytes, busy, last] = [0, 0, 0];
  for (const { transferSize, responseStart, responseEnd } of entries.filter((one) => one.transferSize > 0).toSorted((a, b) => a.responseStart - b.responseStart)) {
    bytes += transferSize;
    busy += Math.max(0, responseEnd - Math.max(responseStart, last));
    last = Math.max(last, responseEnd);
  }
  return bytes < enough ? NaN : (bytes * 8) / 1000 / Math.max(busy, 1);
}
