// Sentences for rejections and failures of an upload, and for notes about a file. The codes are stable, the sentences may change.

import { has, t } from "../i18n/translate.js";
import { problemSentence } from "./problems.js";

/** One sentence for a rejection code; unknown codes get a sentence too. */
export function rejectionSentence(code) {
  return has(`rejections.${code}`) ? t(`rejections.${code}`) : t("rejections.unknown");
}

/** One sentence for a failure code. */
export function failureSentence(code) {
  return has(`failures.${code}`) ? t(`failures.${code}`) : t("failures.internal");
}

const advice = {
  no_media_stream: "watchable",
  unsupported_container: "convert",
  unsupported_codec: "convert",
  too_long: "shorten",
  dimensions_too_large: "smaller",
  frame_rate_too_high: "smaller",
  too_many_streams: "fewer",
  protected: "unprotected",
  expands_too_much: "convert",
};

/** Whether a code of a refused upload is a rejection: the server has seen enough of the file. */
export function isRejection(code) {
  return Object.hasOwn(advice, code);
}

/** The sentence for a Problem of an upload, which may be a rejection. */
export function uploadSentence(problem) {
  return isRejection(problem?.code) ? rejectionSentence(problem.code) : problemSentence(problem);
}

/** What can be done about a rejection; most damaged files are worth another copy. */
export function rejectionAdvice(code) {
  return t(`advice.${advice[code] ?? "again"}`);
}

/** What can be done about a failure. */
export function failureAdvice(code) {
  return t(code === "cancelled" ? "advice.cancelled" : "advice.failed");
}

/** One sentence for each note about a file; codes that this page does not know are left out. */
export function notesOf(video) {
  return (video?.notes ?? []).filter((code) => has(`notes.${code}`)).map((code) => t(`notes.${code}`));
}
