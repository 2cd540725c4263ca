// Parts of a page that are loaded when they are first asked for.

import { t, takeLater } from "../i18n/translate.js";
import { notice } from "./toast.js";

/** What `load()` imports, once the texts that it needs are there too. */
export async function partsOf(load) {
  const [parts] = await Promise.all([load(), takeLater()]);
  return parts;
}

/**
 * Runs `use(parts)` with what `load()` imports; resolves after the first try. Where it does not come, a notice says so and offers
 * another try: browsers ask again for a module that has failed.
 */
export async function withParts(load, use) {
  let parts;
  try {
    parts = await partsOf(load);
  } catch {
    notice(t("page.partMissing"), { label: t("page.retry"), run: () => withParts(load, use) });
    return;
  }
  use(parts);
}
