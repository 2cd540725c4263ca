// A readable title from a file name.

import { t } from "../i18n/translate.js";

/** `My_trip-2024.final.MOV` → `My trip 2024.final`. Never empty. */
export function titleFromFileName(name) {
  const base = name.replace(/^.*[\\/]/, "").replace(/\.[A-Za-z0-9]{1,5}$/, "");
  const text = base.replace(/[_\s]+/g, " ").replace(/(\w)-(?=\w)/g, "$1 ").trim();
  return (text || name.trim() || t("page.untitled")).slice(0, 200);
}
