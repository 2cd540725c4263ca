// Follows one video: by server-sent events where a connection is free, else by polling.

import { settledStates } from "../messages/states.js";
import { getVideo } from "./api.js";
import { currentSession } from "./session.js";
import { EventParser } from "./sse.js";

// A browser opens six connections to a host over HTTP/1.1, and uploads and segments need some of them.
const streamLimit = 2;
const silenceLimit = 40_000;
const pollInterval = 3_000;
let streams = 0;

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
      if (streams < streamLimit && (await listen(id, signal, deliver))) return;
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

/** Resolves with whether the video has settled. Ends without error when the stream ends, is silent too long, or the page is hidden. */
async function listen(id, signal, deliver) {
  const abort = new AbortController();
  const stop = () => abort.abort();
  const onHidden = () => document.hidden && stop();
  signal.addEventListener("abort", stop);
  document.addEventListener("visibilitychange", onHidden);
  let watchdog = window.setTimeout(stop, silenceLimit);
  streams += 1;
  try {
    const headers = { Accept: "text/event-stream" };
    const session = currentSession();
    if (session) headers.Authorization = `Bearer ${session.token}`;
    const response = await fetch(`/v1/videos/${encodeURIComponent(id)}/events`, { headers, signal: abort.signal, cache: "no-store" });
    if (!response.ok || !response.body) return false;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return false;
      window.clearTimeout(watchdog);
      watchdog = window.setTimeout(stop, silenceLimit);
      for (const event of parser.push(value)) {
        if (event.event === "state" && deliver(JSON.parse(event.data))) return true;
      }
    }
  } catch {
    return false;
  } finally {
    streams -= 1;
    stop();
    window.clearTimeout(watchdog);
    signal.removeEventListener("abort", stop);
    document.removeEventListener("visibilitychange", onHidden);
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
