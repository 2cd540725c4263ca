// The configuration of hls.js for a stream whose later segments may not be processed yet.

/** Statuses that mean "not processed yet": the request is repeated for as long as the viewer waits. */
const patientStatus = new Set([503, 429]);
const patientRetries = 240;
const otherRetries = 6;

/**
 * Whether hls.js retries a request (`loadPolicy.errorRetry.shouldRetry`). For a segment that is not processed yet the
 * server waits up to 8 s and then answers 503, which must never become fatal. A missing network (status 0) and other
 * server errors get a few attempts; other 4xx none.
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

/** Seconds to load ahead until the first frame: one segment of each track, which nothing else then slows down. */
const glimpse = { maxBufferLength: 3, maxMaxBufferLength: 3 };

/** Seconds to load ahead from then until the first play, so that a page that is only opened costs little. */
export const ready = { maxBufferLength: 8, maxMaxBufferLength: 8 };

/** Seconds to load ahead while somebody watches. */
export const watching = { maxBufferLength: 30, maxMaxBufferLength: 90 };

/** Configuration of hls.js; `startAt` in seconds or -1, `low` starts with the lowest level. */
export function hlsConfig({ startAt = -1, low = false } = {}) {
  return {
    // fMP4 needs no transmuxing, so a worker would only copy bytes.
    enableWorker: false,
    lowLatencyMode: false,
    startPosition: startAt,
    startLevel: low ? 0 : undefined,
    // level-cap.js limits Auto; hls.js' own limit would overwrite it.
    capLevelToPlayerSize: false,
    ...glimpse,
    backBufferLength: 60,
    // The server may hold a request for 8 s before it answers.
    fragLoadPolicy: policy({ firstByte: 20_000, load: 120_000 }),
    playlistLoadPolicy: policy({ firstByte: 15_000, load: 30_000 }),
    manifestLoadPolicy: policy({ firstByte: 15_000, load: 30_000 }),
  };
}

/**
 * The class of hls.js that chooses levels (`abrController` of its configuration), which leaves a request alone until its answer
 * begins while `isMaking()`: the server makes the segment meanwhile, and would begin anew with that of a lower level.
 */
export function patient(Controller, isMaking) {
  return class extends Controller {
    constructor(hls) {
      super(hls);
      const check = this._abandonRulesCheck;
      // hls.js calls this ten times a second while it loads a segment.
      this._abandonRulesCheck = (level) => {
        if (!isMaking() || this.fragCurrent?.stats.loading.first !== 0) check(level);
      };
    }
  };
}
