// Follows one video: by server-sent events where a connection is free, else by polling.

import { settledStates } from "./video-facts.js";
import { getVideo } from "./api.js";

const pollInterval = 3_000;

/**
 * Calls `onVideo(video)` at once, with `first` if the page has the video already, and at each change, until the video is settled or the returned function is called.
 * `onGone(problem)` when the server says that there is no such video (any more); `onTrouble(problem)` when it does not
 * answer, and with null when it does again. A hidden page does not listen.
 */
export function follow(id, { onVideo, onGone = () => {}, onTrouble = () => {}, first = null }) {
  const stop = new AbortController();
  run(id, stop.signal, onVideo, onGone, onTrouble, first).catch((error) => {
    if (error.name !== "AbortError") throw error;
  });
  return () => stop.abort();
}

async function run(id, signal, onVideo, onGone, onTrouble, first) {
  let failures = 0;
  let known = first;
  const deliver = (video) => {
    if (failures > 0) onTrouble(null);
    failures = 0;
    onVideo(video);
    return settledStates.has(video.state);
  };
  while (!signal.aborted) {
    if (!known) await visible(signal);
    try {
      const video = known ?? (await getVideo(id, signal));
      known = null;
      if (deliver(video)) return;
      // Most videos that are looked at have settled; where this does not come, polling goes on.
      const { listen } = await import("./live-stream.js").catch(() => ({}));
      if (await listen?.(id, signal, deliver)) return;
    } catch (problem) {
      if (signal.aborted) return;
      if ([401, 403, 404, 410].includes(problem.status)) {
        onGone(problem);
        return;
      }
      failures += 1;
      onTrouble(problem);
    }
    await pause(failures === 0 ? pollInterval : Math.min(20_000, 1000 * 2 ** failures), signal);
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (window.clearTimeout(timer), resolve()), { once: true });
  });
}

/** Resolves when the page is looked at, or the signal says that nobody waits any more. */
export function visible(signal) {
  if (!document.hidden || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const check = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", check);
      resolve();
    };
    document.addEventListener("visibilitychange", check);
    signal.addEventListener("abort", check, { once: true });
  });
}
