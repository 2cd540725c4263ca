// The texts of the pages for tests. Importing this module chooses English.

import { readFileSync } from "node:fs";
import { useMessages } from "../../../web/js/i18n/translate.js";

/** The texts of one language, as the file has them. */
export function messagesOf(language) {
  return JSON.parse(readFileSync(new URL(`../../../web/messages/${language}.json`, import.meta.url), "utf8"));
}

/** Every leaf as `[key, text]`; `text` is a string, or an object with one string a plural category. */
export function leaves(messages, prefix = "") {
  return Object.entries(messages).flatMap(([name, value]) => {
    const isLeaf = typeof value === "string" || typeof value.other === "string";
    return isLeaf ? [[prefix + name, value]] : leaves(value, `${prefix}${name}.`);
  });
}

/** Runs `body` with the texts of another language. */
export function inLanguage(language, body) {
  useMessages(messagesOf(language), language);
  try {
    return body();
  } finally {
    useMessages(messagesOf("en"), "en");
  }
}

useMessages(messagesOf("en"), "en");
