// The pages of the menu that choose captions and their look.

import { t } from "../../i18n/translate.js";
import { captionEntries } from "./caption-choice.js";
import { looks } from "./caption-look.js";

/** Adds the pages to a menu. */
export function captionPages(menu, captions) {
  menu.addChoice("captions", {
    title: t("menu.captions"),
    shown: () => captions.any,
    entries: () => captionEntries(captions.tracks).map(({ index, label }) => ({ label, chosen: index === captions.shown, run: () => captions.choose(index) })),
  });
  for (const property of Object.keys(looks)) {
    menu.addChoice(`caption-${property}`, {
      title: t(`menu.${property}`),
      shown: () => captions.any && captions.shown >= 0,
      stays: true,
      parent: "captions",
      entries: () => Object.keys(looks[property]).map((name) => ({ label: t(`look.${name}`), chosen: captions.look[property] === name, run: () => (captions.look = { ...captions.look, [property]: name }) })),
    });
  }
}
