// How hls.js loads: tuned for a stream whose later segments may still be in the making.

/** Answers that mean "not made yet, or not right now": asked again for as long as the viewer waits. */
const patientStatus = new Set([503, 429]);
const patientRetries = 240;
const otherRetries = 6;

/**
 * hls.js' question "load this once more?" (`loadPolicy.errorRetry.shouldRetry`). A segment that is not made yet is
 * answered by 503 after the server has waited up to 8 s for it; that must never become fatal. A missing network
 * (status 0) and server errors are given some attempts; other 4xx mean no.
 */
export function shouldRetry(_config, count, isTimeout, response) {
  const status = response?.code ?? 0;
  if (patientStatus.has(status)) return count < patientRetries;
  if (isTimeout || status === 0 || status >= 500) return count < otherRetries;
  return false;
}

function policy({ firstByte, load }) {
  const retry = { maxNumRetry: patientRetries, retryDelayMs: 1000, maxRetryDelayMs: 2000, backoff: "linear", shouldRetry };
  return { default: { maxTimeToFirstByteMs: firstByte, maxLoadTimeMs: load, timeoutRetry: retry, errorRetry: retry } };
}

/** Seconds to load ahead before anybody has pressed play: a page that is only looked at should cost little. */
const glimpse = { maxBufferLength: 8, maxMaxBufferLength: 8 };

/** Seconds to load ahead while somebody watches. */
export const watching = { maxBufferLength: 30, maxMaxBufferLength: 90 };

/** Configuration of hls.js; `startAt` in seconds or -1. */
export function hlsConfig({ startAt = -1 } = {}) {
  return {
    // fMP4 needs no transmuxing: a worker would only copy bytes to and fro.
    enableWorker: false,
    lowLatencyMode: false,
    startPosition: startAt,
    // How high Auto may go is decided in level-cap.js; hls.js' own limit would overwrite it.
    capLevelToPlayerSize: false,
    ...glimpse,
    backBufferLength: 60,
    // The server may sit on a request for 8 s before it answers, so the first byte may take longer than that.
    fragLoadPolicy: policy({ firstByte: 20_000, load: 120_000 }),
    playlistLoadPolicy: policy({ firstByte: 15_000, load: 30_000 }),
    manifestLoadPolicy: policy({ firstByte: 15_000, load: 30_000 }),
  };
}
