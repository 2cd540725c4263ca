// What a row shows of an upload: label, progress and actions. No DOM.

import { bytes, percent, speed } from "../format/bytes.js";
import { remaining } from "../format/time.js";
import { problemSentence } from "../messages/problems.js";

/** `{label, tone, value, text, note, actions}` for an item of the queue. */
export function uploadView(item) {
  const state = item.upload?.state;
  if (item.phase === "queued") return view("Waiting its turn", "wait", 0, `${bytes(item.file.size)}`, "", ["cancel"]);
  if (item.phase === "failed") return failed(item.problem, null, item);
  if (item.phase === "preparing" || !state) return view("Starting", "busy", 0, bytes(item.file.size), "", ["cancel"]);

  const value = state.size > 0 ? state.sent / state.size : 0;
  const amount = `${bytes(state.sent)} of ${bytes(state.size)}`;
  switch (state.phase) {
    case "creating":
      return view("Starting", "busy", value, amount, "", ["cancel"]);
    case "checking":
      return view("Resuming", "busy", value, amount, "", ["pause", "cancel"]);
    case "sending": {
      const rate = item.upload.rate;
      const parts = [amount, speed(rate.bytesPerSecond ?? NaN), remaining(rate.secondsTo(state.size) ?? NaN)];
      const label = value >= 1 ? "Finishing" : "Uploading";
      return view(label, "busy", value, parts.filter(Boolean).join(" · "), "", ["pause", "cancel"]);
    }
    case "waiting": {
      // Right after a pause the server may still be writing the last bytes.
      if (state.problem?.status === 423 && state.attempt <= 4) return view("Resuming", "busy", value, amount, "", ["pause", "cancel"]);
      const seconds = Math.ceil(item.upload.retryIn ?? 0);
      const what = state.problem?.status ? problemSentence(state.problem) : "The connection was lost.";
      const note = seconds > 0 ? `${what} Trying again in ${seconds} s.` : `${what} Trying again.`;
      return view("Interrupted", "warn", value, amount, note, ["now", "pause", "cancel"]);
    }
    case "paused":
      return view("Paused", "wait", value, `${amount} · ${percent(value)}`, "", ["resume", "cancel"]);
    case "failed":
      return failed(state.problem, state, item);
    default:
      return view("Uploaded", "busy", 1, amount, "", []);
  }
}

function failed(problem, state, item) {
  const value = state && state.size > 0 ? state.sent / state.size : 0;
  const text = state ? `${bytes(state.sent)} of ${bytes(state.size)}` : bytes(item.file.size);
  const signIn = problem?.status === 401 || state?.needs === "signin";
  const note = signIn ? "You are signed out. Sign in to go on; nothing is lost." : problemSentence(problem);
  return view("Stopped", "bad", value, text, note, [signIn ? "signin" : "again", "cancel"]);
}

function view(label, tone, value, text, note, actions) {
  return { label, tone, value, text, note, actions };
}
