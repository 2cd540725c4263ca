// Sentences for errors: what happened and what can be done.

import { within } from "../format/time.js";
import { has, language, t } from "../i18n/translate.js";

/** The sentence for a Problem, or for anything that looks like one. */
export function problemSentence(problem) {
  const { code, status } = problem ?? {};
  const wait = (status === 429 || status === 503) && problem.retryAfter ? ` ${t("problems.retryIn", { when: within(problem.retryAfter) })}` : "";
  // For these the server's `detail` names the limit.
  if (has(`problems.limit.${code}`)) return `${t(`problems.limit.${code}`)} ${serverText(problem.detail) || t(`problems.advice.${code}`)}`;
  if (has(`problems.code.${code}`)) return t(`problems.code.${code}`) + wait;
  if (status === 422 || status === 400) return serverText(problem.detail) || t("problems.notAccepted");
  if (has(`problems.status.${status}`)) return t(`problems.status.${status}`) + wait;
  return serverText(problem?.detail || problem?.title) || t("problems.unknown");
}

/** What the server says itself, which is English: empty on a page in another language. */
export function serverText(text) {
  return language() === "en" ? (text ?? "") : "";
}
