// Light or dark: the system's choice until the visitor makes one.

import { t } from "../i18n/translate.js";

const key = "videohost.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function current() {
  return document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
}

/** Makes `button` switch the theme; `setIcon` shows what it would switch to. */
export function themeToggle(button, setIcon) {
  const draw = () => {
    const next = current() === "dark" ? "light" : "dark";
    setIcon(button, next === "dark" ? "moon" : "sun");
    const label = next === "dark" ? t("header.toDark") : t("header.toLight");
    button.setAttribute("aria-label", label);
    button.title = label;
  };
  button.addEventListener("click", () => {
    const next = current() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(key, next);
    } catch {
      // Without storage the choice holds for this page only.
    }
    draw();
  });
  dark.addEventListener("change", draw);
  draw();
}
