// Asking before something is lost.

import { part } from "../elements/parts.js";
import { t } from "../i18n/translate.js";
import { setText } from "./dom.js";

/** Resolves with whether the person agreed. */
export function confirmed({ title, text, yes = t("common.delete") }) {
  const dialog = part(document, "confirm");
  for (const [name, words] of Object.entries({ title, text, yes })) setText(part(dialog, `confirm-${name}`), words);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
