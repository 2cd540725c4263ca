// Changing a title in place.

import { t } from "../i18n/translate.js";
import { el } from "../ui/dom.js";

/**
 * Turns `heading` into a field; resolves with the new title, or null when nothing changes. `typed` is what the field has at
 * first, and `why` says why that was not accepted before.
 */
export function rename(heading, title, typed = title, why = "") {
  return new Promise((resolve) => {
    const input = el("input", { class: "row-rename", type: "text", dir: "auto", "aria-label": t("mine.newTitle"), maxlength: "200", value: typed });
    const reason = why === "" ? null : el("p", { class: "field-error", role: "alert", text: why });
    const finish = (keep) => {
      if (!input.isConnected) return;
      const next = input.value.trim();
      input.removeEventListener("blur", onBlur);
      reason?.remove();
      input.replaceWith(heading);
      resolve(keep && next !== "" && next !== title ? next : null);
    };
    const onBlur = () => finish(true);
    input.addEventListener("blur", onBlur);
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      // The focus moves on to a button, which the same key would press.
      event.preventDefault();
      finish(event.key === "Enter");
    });
    heading.replaceWith(input);
    if (reason) input.after(reason);
    // A person who reads the reason may leave the field: nothing is sent then.
    if (reason) input.removeEventListener("blur", onBlur);
    input.focus();
    input.select();
  });
}
