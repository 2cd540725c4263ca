// What a row shows of an upload: label, progress and actions. No DOM.

import { bytes, percent, speed } from "../format/bytes.js";
import { remaining, within } from "../format/time.js";
import { t } from "../i18n/translate.js";
import { uploadSentence } from "../messages/rejections.js";

/** `{label, tone, value, text, note, actions}` for an item of the queue. */
export function uploadView(item) {
  const state = item.upload?.state;
  if (item.phase === "queued") return view(t("uploads.queued"), "wait", 0, bytes(item.file.size), "", ["cancel"]);
  if (item.phase === "failed") return failed(item.problem, null, item);
  if (item.phase === "preparing" || !state) return view(t("uploads.starting"), "busy", 0, bytes(item.file.size), "", ["cancel"]);

  const value = state.size > 0 ? state.sent / state.size : 0;
  const amount = t("uploads.amount", { sent: bytes(state.sent), size: bytes(state.size) });
  switch (state.phase) {
    case "creating":
      return view(t("uploads.starting"), "busy", value, amount, "", ["cancel"]);
    case "checking":
      return view(t("uploads.resuming"), "busy", value, amount, "", ["pause", "cancel"]);
    case "sending": {
      const rate = item.upload.rate;
      const parts = [amount, speed(rate.bytesPerSecond ?? NaN), remaining(rate.secondsTo(state.size) ?? NaN)];
      const label = value >= 1 ? t("uploads.finishing") : t("uploads.uploading");
      return view(label, "busy", value, parts.filter(Boolean).join(" · "), "", ["pause", "cancel"]);
    }
    case "waiting": {
      // Right after a pause the server may still be writing the last bytes.
      if (state.problem?.status === 423 && state.attempt <= 4) return view(t("uploads.resuming"), "busy", value, amount, "", ["pause", "cancel"]);
      const seconds = Math.ceil(item.upload.retryIn ?? 0);
      const what = state.problem?.status ? uploadSentence(state.problem) : t("uploads.connectionLost");
      const note = `${what} ${seconds > 0 ? t("uploads.retryingIn", { when: within(seconds) }) : t("uploads.retrying")}`;
      return view(t("uploads.interrupted"), "warn", value, amount, note, ["now", "pause", "cancel"]);
    }
    case "paused":
      return view(t("uploads.paused"), "wait", value, `${amount} · ${percent(value)}`, "", ["resume", "cancel"]);
    case "failed":
      return failed(state.problem, state, item);
    default:
      return view(t("uploads.uploaded"), "busy", 1, amount, "", []);
  }
}

function failed(problem, state, item) {
  const value = state && state.size > 0 ? state.sent / state.size : 0;
  const text = state ? t("uploads.amount", { sent: bytes(state.sent), size: bytes(state.size) }) : bytes(item.file.size);
  const signIn = problem?.status === 401 || state?.needs === "signin";
  const note = signIn ? t("uploads.signedOut") : uploadSentence(problem);
  return view(t("uploads.stopped"), "bad", value, text, note, [signIn ? "signin" : "again", "cancel"]);
}

function view(label, tone, value, text, note, actions) {
  return { label, tone, value, text, note, actions };
}
