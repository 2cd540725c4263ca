// What languages, and tracks in them, are called in the language of the page. Pure.

/** What a language is called in another one; its tag where it has no name. */
export function languageName(tag, inLanguage) {
  try {
    return new Intl.DisplayNames([inLanguage], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/**
 * The name of a track that was given to it, or empty: the server names a track without a name by its language, in English, or by
 * its tag.
 */
export function ownName(name, tag) {
  return !name || name.toLowerCase() === tag?.toLowerCase() || (tag && name === languageName(tag, "en")) ? "" : name;
}

/** What a track is called: its own name, else that of its language in the page's, else what it has; empty for nothing. */
export function trackName(name, tag, inLanguage) {
  return ownName(name, tag) || (tag ? languageName(tag, inLanguage) : (name ?? ""));
}
