// The languages that captions are often in, by their names. Pure.

import { languageName } from "../i18n/language-name.js";

const codes =
  "ar bg bn ca cs da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk ko lt lv mk ms nb nl pl pt pt-BR ro ru sk sl sq sr sv sw ta te th tr uk ur uz vi zh-Hans zh-Hant".split(" ");

/** `[[tag, name]]`, by name. */
export function languageOptions(inLanguage) {
  const order = new Intl.Collator(inLanguage);
  return codes.map((code) => [code, languageName(code, inLanguage)]).sort(([, a], [, b]) => order.compare(a, b));
}
