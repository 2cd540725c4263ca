// Copying a link, also where the clipboard API is not allowed (plain http on a home network).

import { t } from "../i18n/translate.js";
import { el } from "./dom.js";
import { notice, toast } from "./toast.js";

/** Copies `text` and says so. */
export async function copyText(text, said = t("common.linkCopied")) {
  if (await write(text)) toast(said, { tone: "good", seconds: 3 });
  else notice(t("common.copyByHand", { text }));
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el("textarea", { class: "visually-hidden", "aria-hidden": "true" });
    field.value = text;
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
