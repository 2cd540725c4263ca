// The states of a video as server-sent events. Loaded for a video that has not settled.

import { currentSession } from "./session.js";
import { EventParser } from "./sse.js";

// A browser opens six connections to a host over HTTP/1.1, and uploads and segments need some of them.
const streamLimit = 2;
const silenceLimit = 40_000;
let streams = 0;

/**
 * Calls `deliver(video)` for each state of a video, until it returns true. Resolves with whether it did; false also where no connection
 * is free, the stream ends or is silent too long, or the page is hidden.
 */
export async function listen(id, signal, deliver) {
  if (streams >= streamLimit || signal.aborted) return false;
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
