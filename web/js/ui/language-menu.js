// The menu of languages. The choice is a cookie, because the server writes the pages.

import { language, t } from "../i18n/translate.js";
import { el } from "./dom.js";

/** The languages that pages are written in, each by its own name. */
export const languages = { en: "English", de: "Deutsch", es: "Español", ru: "Русский" };

const year = 31_536_000;

/** A new menu. Choosing stores the language for a year and loads the page again. */
export function languageMenu() {
  const options = Object.entries(languages).map(([code, name]) => el("option", { value: code, lang: code, text: name, selected: code === language() }));
  const menu = el("select", { class: "header-language", "aria-label": t("header.language"), title: t("header.language") }, ...options);
  menu.addEventListener("change", () => {
    document.cookie = languageCookie(menu.value, window.location.protocol);
    // The page stays as it is where the user decides to keep a running upload.
    menu.value = language();
    window.location.reload();
  });
  return menu;
}

/** The text of the cookie. Pure. */
export function languageCookie(code, protocol) {
  return `language=${code}; path=/; max-age=${year}; samesite=lax${protocol === "https:" ? "; secure" : ""}`;
}
