// One resumable upload as a pure function: (state, event) → state and command.
// Nothing here knows of the network, of timers or of the page.

import { attemptLimit, retryDelay, verdict } from "./backoff.js";

/** Phases in which the upload is over. */
export const finalPhases = new Set(["done", "cancelled"]);

/**
 * A new upload. `url` is the upload's address if it was begun before.
 * Phases: idle, creating, checking (asks for the offset), sending, waiting (before a retry), paused, failed, done,
 * cancelled. `offset` is what the server has confirmed; `sent` is what has left this machine. The server keeps what arrived
 * before a lost connection, and the next check tells how much that is.
 */
export function initialState({ size, url = null }) {
  return { phase: "idle", size, url, offset: 0, sent: 0, attempt: 0, restarts: 0, problem: null, needs: null, delay: 0 };
}

const none = { kind: "none" };

/** Returns `[next state, command]`; commands are create, head, patch, wait, abort, terminate, none. */
export function step(state, event) {
  if (finalPhases.has(state.phase)) return [state, none];
  switch (event.type) {
    case "start":
    case "resume":
      return begin({ ...state, attempt: 0, problem: null, needs: null });
    case "timer":
      return state.phase === "waiting" ? begin(state) : [state, none];
    case "online":
      return state.phase === "waiting" ? begin(state) : [state, none];
    case "pause":
      if (["paused", "idle", "failed"].includes(state.phase)) return [state, none];
      return [{ ...state, phase: "paused", delay: 0 }, { kind: "abort" }];
    case "cancel":
      return [{ ...state, phase: "cancelled" }, state.url ? { kind: "terminate", url: state.url } : { kind: "abort" }];
    case "created":
      if (state.phase !== "creating") return [state, none];
      return proceed({ ...state, url: event.url, attempt: 0 }, event.offset ?? 0);
    case "offset":
      if (state.phase !== "checking") return [state, none];
      return proceed({ ...state, attempt: event.offset > state.offset ? 0 : state.attempt }, event.offset);
    case "progress": {
      if (state.phase !== "sending") return [state, none];
      return [{ ...state, sent: Math.min(state.size, state.offset + event.bytes) }, none];
    }
    case "accepted":
      if (state.phase !== "sending") return [state, none];
      if (!(event.offset > state.offset)) return fault(state, { ...event, type: "fault", method: "PATCH", status: 0 });
      return proceed({ ...state, attempt: 0 }, event.offset);
    case "fault":
      return fault(state, event);
    case "unreadable":
      return [{ ...state, phase: "failed", problem: { status: 0, code: "file_unreadable" } }, none];
    default:
      throw new TypeError(`unknown event ${event.type}`);
  }
}

function begin(state) {
  if (state.url === null) return [{ ...state, phase: "creating", delay: 0 }, { kind: "create" }];
  return [{ ...state, phase: "checking", delay: 0 }, { kind: "head", url: state.url }];
}

function proceed(state, offset) {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > state.size) {
    return [{ ...state, phase: "failed", problem: { status: 0, code: "offset_out_of_range" } }, none];
  }
  const next = { ...state, offset, sent: offset, problem: null, needs: null };
  if (offset === state.size) return [{ ...next, phase: "done" }, none];
  return [{ ...next, phase: "sending" }, { kind: "patch", url: next.url, offset }];
}

function fault(state, { method, status, problem = null, retryAfter = null, random = 0.5 }) {
  if (!["creating", "checking", "sending"].includes(state.phase)) return [state, none];
  // After enough bytes were sent the connection works, so the count of failures restarts.
  const moved = state.phase === "sending" && state.sent - state.offset > 1_000_000;
  const attempt = (moved ? 0 : state.attempt) + 1;
  const settled = { ...state, problem: problem ?? { status, code: status ? `http_${status}` : "unreachable" } };
  switch (verdict(method, status)) {
    case "check":
      if (attempt <= attemptLimit) return begin({ ...settled, attempt });
      break;
    case "retry":
      if (attempt <= attemptLimit) {
        const delay = retryDelay(attempt, random, retryAfter);
        return [{ ...settled, phase: "waiting", attempt, delay }, { kind: "wait", delay }];
      }
      break;
    case "restart":
      if (state.restarts < 2) {
        return begin({ ...settled, url: null, offset: 0, sent: 0, restarts: state.restarts + 1, problem: null });
      }
      break;
    case "signin":
      return [{ ...settled, phase: "failed", needs: "signin" }, none];
    default:
      break;
  }
  return [{ ...settled, phase: "failed" }, none];
}
