// Asking before something is lost.

import { t } from "../i18n/translate.js";
import { byId, setText } from "./dom.js";

/** Resolves with whether the person agreed. */
export function confirmed({ title, text, yes = t("common.delete") }) {
  const dialog = byId("confirm");
  setText(byId("confirm-title"), title);
  setText(byId("confirm-text"), text);
  setText(byId("confirm-yes"), yes);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
