// The texts of a page in its language.

// Texts with names from right to left are isolated, so that the punctuation around them stays in its place.
const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
// Characters that direct the text behind them, and those that do so up to the last one.
const embedding = /[\u202A-\u202E]/g;
const isolating = /[\u2066-\u2069]/g;
const inPage = typeof document !== "undefined";

let table = {};
// Imports the texts of later parts, where there are some.
let later;
let taken = null;
let code = "en";
let plurals = new Intl.PluralRules(code);
let numbers = new Intl.NumberFormat(code);

/** Takes the texts of a language: nested objects, whose leaves are texts or objects with one text a plural category. */
export function useMessages(messages, language) {
  table = messages;
  code = language;
  plurals = new Intl.PluralRules(language);
  numbers = new Intl.NumberFormat(language);
}

/** The language of the texts, as a BCP 47 code. */
export function language() {
  return code;
}

/** Whether there is a text with this key. */
export function has(key) {
  return entry(key) !== undefined;
}

/**
 * The text with this key, `area.name`. `{name}` in it is replaced by `params.name`; a number is written as the language
 * writes it. `params.count` chooses the plural form. A key without a text is shown itself in a page, and throws elsewhere.
 */
export function t(key, params = {}) {
  const found = entry(key);
  if (found === undefined) return missing(key);
  const text = typeof found === "string" ? found : (found[plurals.select(params.count)] ?? found.other);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? written(params[name]) : missing(`${key}: ${whole}`)));
}

function entry(key) {
  const found = key.split(".").reduce((part, name) => (part && Object.hasOwn(part, name) ? part[name] : undefined), table);
  return typeof found === "string" || typeof found?.other === "string" ? found : undefined;
}

function written(value) {
  if (typeof value === "number") return numbers.format(value);
  const text = undirected(String(value));
  return rightToLeft.test(text) ? `\u2068${text}\u2069` : text;
}

/** A text without what would also reorder the words around it; isolates that end inside stay. */
function undirected(text) {
  let open = 0;
  for (const [one] of text.matchAll(isolating)) {
    open += one === "\u2069" ? -1 : 1;
    if (open < 0) break;
  }
  return (open === 0 ? text : text.replace(isolating, "")).replace(embedding, "");
}

function missing(what) {
  if (!inPage) throw new Error(`no text for ${what}`);
  return what;
}

/** The page's messages as a module, `{default, later}`. */
async function load() {
  const { lang, dataset } = document.documentElement;
  if (dataset.messages) return import(dataset.messages);
  return { default: await (await fetch(`/messages/${lang}.json`)).json() };
}

/** Takes the texts that only parts of the page need which are loaded later, once; nothing where all are there. */
export function takeLater() {
  taken ??= take().catch((error) => {
    // Asked for again with the next part.
    taken = null;
    throw error;
  });
  return taken;
}

async function take() {
  if (later) table = joined(table, (await later()).default);
}

function joined(first, second) {
  const both = { ...first };
  for (const [key, value] of Object.entries(second)) both[key] = key in first ? joined(first[key], value) : value;
  return both;
}

// Modules that import this one run after the texts have arrived.
if (inPage) {
  const texts = await load();
  later = texts.later;
  useMessages(texts.default, document.documentElement.lang);
}
