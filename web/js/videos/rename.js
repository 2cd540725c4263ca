// Changing a title in place.

import { t } from "../i18n/translate.js";
import { el } from "../ui/dom.js";

/** Turns `heading` into a field; resolves with the new title, or null when nothing changes. */
export function rename(heading, title) {
  return new Promise((resolve) => {
    const input = el("input", { class: "row-rename", type: "text", dir: "auto", "aria-label": t("mine.newTitle"), maxlength: "200", value: title });
    const finish = (keep) => {
      if (!input.isConnected) return;
      const next = input.value.trim();
      input.removeEventListener("blur", onBlur);
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
    input.focus();
    input.select();
  });
}
