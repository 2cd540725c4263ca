// Sentences for rejections and failures of an upload. The codes are stable, the sentences may change.

import { has, t } from "../i18n/translate.js";

/** One sentence for a rejection code; unknown codes get a sentence too. */
export function rejectionSentence(code) {
  return has(`rejections.${code}`) ? t(`rejections.${code}`) : t("rejections.unknown");
}

/** One sentence for a failure code. */
export function failureSentence(code) {
  return has(`failures.${code}`) ? t(`failures.${code}`) : t("failures.internal");
}
