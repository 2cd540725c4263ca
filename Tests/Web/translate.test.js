// The texts of the pages: how one is found and filled in, and that all languages have all of them.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { has, language, t, useMessages } from "../../web/js/i18n/translate.js";
import { languageCookie, languages } from "../../web/js/ui/language-menu.js";
import { inLanguage, leaves, messagesOf } from "./support/messages.js";

const web = resolve(dirname(fileURLToPath(import.meta.url)), "../../web");
const codes = readdirSync(join(web, "messages")).map((name) => name.replace(/\.json$/, ""));
const others = codes.filter((code) => code !== "en");
const english = new Map(leaves(messagesOf("en")));
const areas = new Set(Object.keys(messagesOf("en")));
const forms = (text) => (typeof text === "string" ? { text } : text);

const under = (folder) =>
  readdirSync(join(web, folder), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? under(join(folder, entry.name)) : [join(folder, entry.name)]));
const without = (code) => code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
const scripts = under("js").map((path) => [path, without(readFileSync(join(web, path), "utf8"))]);
const sources = join(web, "../Sources/Pages");
const server = readdirSync(sources).map((name) => [name, readFileSync(join(sources, name), "utf8")]);
const pages = under(".").filter((path) => /\.(html|mustache)$/.test(path)).map((path) => [path, readFileSync(join(web, path), "utf8")]);

test("a text is found by its key and filled in", () => {
  assert.equal(t("common.close"), "Close");
  assert.equal(t("room.notice.seek", { name: "Anna", at: "1:23" }), "Anna jumped to 1:23");
  assert.equal(t("room.notice.seek", { name: "{at}", at: "1:23" }), "{at} jumped to 1:23", "what is filled in is not filled in again");
  assert.equal(language(), "en");
});

test("a text that is missing, or something missing in it, throws outside pages", () => {
  for (const key of ["common.nothing", "nothing", "common", "common.close.more", "constructor", "common.constructor", ""]) {
    assert.ok(!has(key), key);
    assert.throws(() => t(key), /no text for/, key);
  }
  assert.throws(() => t("room.notice.join", {}), /\{name\}/);
});

test("plural forms and numbers are those of the language", () => {
  const said = (counts) => counts.map((count) => t("room.message.new", { count }).replace(/\s/gu, " "));
  assert.deepEqual(said([0, 1, 2, 1500]), ["0 new messages", "1 new message", "2 new messages", "1,500 new messages"]);
  assert.deepEqual(
    inLanguage("ru", () => said([1, 2, 5, 11, 21, 22, 25])),
    ["1 новое сообщение", "2 новых сообщения", "5 новых сообщений", "11 новых сообщений", "21 новое сообщение", "22 новых сообщения", "25 новых сообщений"],
  );
  assert.deepEqual(inLanguage("de", () => said([1, 1500])), ["1 neue Nachricht", "1.500 neue Nachrichten"]);
  assert.equal(inLanguage("de", () => t("room.notice.rate", { name: "Anna", rate: 1.25 })), "Anna hat das Tempo auf 1,25× gestellt");
  useMessages({ a: { one: "one", other: "{count}" } }, "ja");
  assert.equal(t("a", { count: 1 }), "1", "a language without that form uses the general one");
  useMessages(messagesOf("en"), "en");
});

test("a name does not direct the words around it", () => {
  assert.equal(t("account.welcome", { name: "Cats \u202Egnihton" }), "Welcome, Cats gnihton.");
  for (const name of ["a\u2069\u2067b", "\u2067ab", "ab\u2069", "\u2068\u2068ab\u2069"]) assert.equal(t("account.welcome", { name }), "Welcome, ab.", JSON.stringify(name));
});

test("a name from right to left is isolated from the punctuation around it", () => {
  assert.equal(t("account.welcome", { name: "דנה" }), "Welcome, \u2068דנה\u2069.");
  const nested = t("account.welcome", { name: "דנה" });
  assert.equal(t("account.welcome", { name: nested }), `Welcome, \u2068${nested}\u2069.`);
  assert.equal(t("account.welcome", { name: "Dana" }), "Welcome, Dana.");
});

test("the menu offers the languages that there are, and stores the choice for the whole site", () => {
  assert.deepEqual(Object.keys(languages).sort(), [...codes].sort());
  assert.equal(languageCookie("de", "https:"), "language=de; path=/; max-age=31536000; samesite=lax; secure");
  assert.ok(!languageCookie("de", "http:").includes("secure"));
});

test("every language has the same keys in the same order, with the same places to fill in", () => {
  const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join();
  for (const code of others) {
    const texts = new Map(leaves(messagesOf(code)));
    assert.deepEqual([...texts.keys()], [...english.keys()], code);
    for (const [key, text] of texts) {
      assert.equal(typeof text, typeof english.get(key), `${code}: ${key}`);
      const wanted = places(english.get(key).other ?? english.get(key));
      for (const form of Object.values(forms(text))) assert.equal(places(form), wanted, `${code}: ${key}`);
    }
  }
});

test("every plural has exactly the forms of its language", () => {
  for (const code of codes) {
    const categories = new Intl.PluralRules(code).resolvedOptions().pluralCategories.toSorted();
    for (const [key, text] of leaves(messagesOf(code))) if (typeof text === "object") assert.deepEqual(Object.keys(text).sort(), categories, `${code}: ${key}`);
  }
});

test("no text is empty, has stray spaces, or mixes quotation marks", () => {
  const foreign = { en: /[«»„"]|'/, de: /[«»”"]|'/, es: /[“”„"]|'/, ru: /[“”„"]|'/ };
  for (const code of codes) {
    for (const [key, text] of leaves(messagesOf(code))) {
      for (const form of Object.values(forms(text))) {
        assert.ok(form.trim() === form && form !== "" && !form.includes("  ") && !form.includes("..."), `${code}: ${key}`);
        assert.ok(!foreign[code].test(form), `${code}: ${key}: ${form}`);
      }
    }
  }
});

test("German says Sie and Spanish usted, never du or tú", () => {
  const letter = "\\p{L}";
  const whole = (words) => new RegExp(`(?<!${letter})(?:${words})(?!${letter})`, "iu");
  const familiar = {
    de: whole("du|dich|dir|dein(?:e[mnrs]?)?|bist|kannst|hast|gib|wähle|lade|lösche|prüfe|kopiere|exportiere|wandle|schneide|nenne|melde|öffne|schließe|warte"),
    es: whole("tú|tus?|te|ti|contigo|tuy[oa]s?|eres|puedes|tienes|escribe|elige|elimina|sube|comprueba|revísa[a-z]*|expórta[a-z]*|conviérte[a-z]*|córta[a-z]*|cópia[a-z]*|súbel[a-z]*|comunica"),
  };
  for (const [code, forms] of Object.entries(familiar)) {
    for (const [key, text] of leaves(messagesOf(code))) for (const form of typeof text === "string" ? [text] : Object.values(text)) assert.doesNotMatch(form, forms, `${code}: ${key}`);
  }
});

// Names, units and words that a language shares with English.
const shared = {
  de: ["page.site", "page.startTitle", "page.audio", "page.title", "account.name", "stages.name.encode", "stages.name.audio", "room.chat", "room.member.host", "room.edit.name", "units.bytes", "units.perSecond", "units.kilobits", "units.megabits", "menu.audio", "menu.audioTrack", "look.cyan", "statistics.video", "statistics.codecs"],
  es: ["page.site", "page.startTitle", "page.audio", "page.title", "mine.actionFor", "mine.barLabel", "stages.name.audio", "room.chat", "units.bytes", "units.perSecond", "units.kilobits", "units.megabits", "menu.audio", "menu.audioTrack"],
  ru: ["page.site", "page.startTitle", "page.title", "mine.actionFor", "mine.barLabel"],
};

test("every text is translated", () => {
  for (const code of others) {
    const same = leaves(messagesOf(code)).filter(([key, text]) => JSON.stringify(text) === JSON.stringify(english.get(key)));
    assert.deepEqual(same.map(([key]) => key).sort(), shared[code].toSorted(), code);
  }
});

/** The keys that scripts and templates name: whole ones, and beginnings to which a script adds a code. */
function named() {
  const whole = new Map();
  const beginnings = new Map();
  for (const [path, code] of scripts) {
    for (const [, key] of code.matchAll(/\b(?:t|has)\("([^"]*)"/g)) whole.set(key, path);
    for (const [, key] of code.matchAll(/"([a-zA-Z]+(?:\.\w+)+)"/g)) if (english.has(key)) whole.set(key, path);
    for (const [, call, key] of code.matchAll(/(\b(?:t|has)\()?`([a-zA-Z]+(?:\.\w+)*\.)\$\{/g)) if (call || areas.has(key.split(".")[0])) beginnings.set(key, path);
  }
  for (const [path, code] of server) {
    for (const [, key] of code.matchAll(/text\("([\w.]+)"/g)) whole.set(key, path);
    for (const [, start, end] of code.matchAll(/text\("([\w.]+\.)\\\([\w.]+\)(\w*)"/g)) {
      for (const key of english.keys()) if (key.startsWith(start) && key.endsWith(end)) whole.set(key, path);
    }
  }
  for (const [path, text] of pages) for (const [, key] of text.matchAll(/\{\{[{#^&]?\s*t\.([\w.]+)/g)) whole.set(key, path);
  return { whole, beginnings };
}

/** What a page says in plain text: between tags and in the attributes that people read or hear. */
function literals(text) {
  const html = text.replace(/<script[\s\S]*?<\/script>|<code[\s\S]*?<\/code>|<!--[\s\S]*?-->/g, "");
  const attributes = [...html.matchAll(/\s(?:aria-label|title|placeholder|alt)="([^"]*)"|<meta name="description" content="([^"]*)"/g)].map(([, a, b]) => a ?? b);
  const between = html.split(/<(?:\{\{[^}]*\}\}|[^>])*>|\{\{[^}]*\}\}\}?/);
  return [...attributes.map((one) => one.replace(/\{\{[^}]*\}\}\}?/g, "")), ...between].map((one) => one.replace(/\s+/g, " ").replace(/ - videohost$/, "").trim()).filter((one) => /\p{L}/u.test(one));
}

test("every key that a script or a template names exists", () => {
  const { whole, beginnings } = named();
  assert.ok(whole.size > 100 && beginnings.size > 5);
  for (const [key, path] of whole) assert.ok(english.has(key), `${path}: ${key}`);
  for (const [key, path] of beginnings) assert.ok([...english.keys()].some((one) => one.startsWith(key)), `${path}: ${key}`);
});

test("every text is used", () => {
  const { whole, beginnings } = named();
  const said = new Set(pages.flatMap(([, text]) => literals(text)));
  const unused = [...english].filter(([key, text]) => {
    if (whole.has(key) || said.has(text)) return false;
    return ![...beginnings.keys()].some((beginning) => key.startsWith(beginning));
  });
  assert.deepEqual(unused.map(([key]) => key), []);
});

// What pages say in every language alike.
const names = new Set(["videohost", "HLS", "DASH", "CC"]);

test("what a page says has a key", () => {
  const known = new Set([...english.values()].flatMap((text) => Object.values(forms(text))));
  for (const [path, text] of pages) for (const said of literals(text)) assert.ok(names.has(said) || known.has(said), `${path}: “${said}”`);
});

/** The literals of a script that a person would see: sentences anywhere, and words where text is set. */
function visible(code) {
  const plain = code.replace(/^import .*$/gm, "").replace(/(?:new \w*Error|super|DOMException)\([^;]*;/g, "");
  const words = (literal) => literal.slice(1, -1).replace(/\$\{[^{}]*\}/g, "");
  const sentences = [...plain.matchAll(/"[^"\n]*"|`[^`\n]*`/g)].map(([literal]) => literal).filter((literal) => /^\p{Lu}\S* \p{L}|\p{L}{2,}[ ,]+\p{L}+[.!?…]$/u.test(words(literal).trim()));
  const places = /(?:\btext:|\btitle:|\bplaceholder:|\balt:|"aria-label":|setText\((?:[^()]|\([^()]*\))*?,|toast\(|(?:textContent|title|placeholder|ariaLabel) =|setAttribute\([^"]*"aria-(?:label|valuetext|description)",)\s*("[^"\n]*"|`[^`\n]*`)/g;
  const set = [...plain.matchAll(places)].map(([, literal]) => literal).filter((literal) => /\p{L}/u.test(words(literal)));
  return [...sentences, ...set].filter((literal) => !names.has(words(literal)));
}

test("scripts say nothing that is not in the messages", () => {
  const planted = ['toast("Saved");', 'el("p", { text: "guest" });', "const a = `Wait ${n} s.`;", 'setText(byId("x"), "done");', 'node.setAttribute("aria-label", `Play ${x}`);', 'const b = { c: "This is gone" };', 'document.title = "Blocked";'];
  for (const one of planted) assert.notDeepEqual(visible(one), [], one);
  for (const one of ['toast(t("a.b"));', 'el("p", { class: "button button-quiet" });', 'throw new Error("This is for programmers");', 'names.join(", ")']) assert.deepEqual(visible(one), [], one);
  for (const [path, code] of scripts) assert.deepEqual(visible(code), [], path);
});
