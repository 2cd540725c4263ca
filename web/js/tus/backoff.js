// Whether and when a failed request is retried.

const delays = [500, 1000, 2000, 4000, 8000, 15000, 30000];

/** After this many failures in a row without an accepted byte, the user has to retry. */
export const attemptLimit = 12;

/**
 * Milliseconds until attempt number `attempt` (from 1). `random` in 0…1 spreads clients by ±20 %.
 * It is never shorter than the server's `retryAfter` (seconds).
 */
export function retryDelay(attempt, random = Math.random(), retryAfter = null) {
  const base = delays[Math.min(Math.max(attempt, 1), delays.length) - 1];
  const spread = base * (0.8 + 0.4 * random);
  return Math.round(Math.max(spread, retryAfter === null ? 0 : Math.min(retryAfter, 600) * 1000));
}

/**
 * What an answer to a tus request means: `ok`, `retry` (try the same again later), `check` (ask for the offset at
 * once), `restart` (the upload is gone: make a new one), `signin`, or `fatal`.
 */
export function verdict(method, status) {
  if (status >= 200 && status < 300) return "ok";
  if (status === 0) return "retry";
  if (status === 409 && method === "PATCH") return "check";
  if (status === 423 || status === 429 || status === 408 || status === 425) return "retry";
  if (status === 507) return "fatal";
  if (status >= 500) return "retry";
  if (status === 401) return "signin"; // never a reason to throw away what has arrived
  if (method !== "POST" && (status === 404 || status === 410)) return "restart";
  return "fatal";
}
