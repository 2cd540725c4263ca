// The languages that captions are often in, by their names. Pure.

const codes =
  "ar bg bn ca cs da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk ko lt lv mk ms nb nl pl pt pt-BR ro ru sk sl sq sr sv sw ta te th tr uk ur uz vi zh-Hans zh-Hant".split(" ");

/** What a language is called in another one; its tag where it has no name. */
export function languageName(tag, inLanguage) {
  try {
    return new Intl.DisplayNames([inLanguage], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** `[[tag, name]]`, by name. */
export function languageOptions(inLanguage) {
  const order = new Intl.Collator(inLanguage);
  return codes.map((code) => [code, languageName(code, inLanguage)]).sort(([, a], [, b]) => order.compare(a, b));
}
