// Parts of a page that are loaded when they are first asked for.

import { t } from "../i18n/translate.js";
import { notice } from "./toast.js";

/**
 * Runs `use(parts)` with what `load()` imports; resolves after the first try. Where it does not come, a notice says so and offers
 * another try: browsers ask again for a module that has failed.
 */
export async function withParts(load, use) {
  let parts;
  try {
    parts = await load();
  } catch {
    notice(t("page.partMissing"), { label: t("page.retry"), run: () => withParts(load, use) });
    return;
  }
  use(parts);
}
