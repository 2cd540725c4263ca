// The rules that the pages keep, checked on their text: no inline code, no HTML from strings, nothing missing.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const web = resolve(dirname(fileURLToPath(import.meta.url)), "../../web");
const read = (path) => readFileSync(join(web, path), "utf8");
const under = (folder) =>
  readdirSync(join(web, folder), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? under(join(folder, entry.name)) : [join(folder, entry.name)]));
const scripts = under("js");
const styles = under("css");
const pages = ["start", "watch", "room", "embed", "error"];
/** A template with all that it includes, in the place where it does. */
const template = (name) => read(`templates/${name}.mustache`).replaceAll(/\{\{[<>] *([a-z/-]+) *\}\}/g, (_, other) => template(other));

test("pages carry no inline script or style, and load nothing from elsewhere", () => {
  for (const page of pages) {
    const html = template(page);
    assert.ok(!/<script(?![^>]*\ssrc=)(?! type="application\/(?:ld\+)?json")/.test(html), `${page}: inline script`);
    assert.ok(!/<style|\sstyle=|\son\w+=/.test(html), `${page}: inline style or handler`);
    assert.ok(!/(?:src|href)="(?:https?:)?\/\//.test(html), `${page}: foreign address`);
    assert.ok(!/(?:src|href)="\/[^"]/.test(html), `${page}: an address that the build does not know`);
  }
});

test("ids are unique, and every label and reference has its element", () => {
  for (const page of pages) {
    const html = template(page);
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, `${page}: an id occurs twice`);
    for (const [, names] of html.matchAll(/\s(?:for|aria-labelledby|aria-describedby|aria-controls)="([^"]+)"/g)) {
      for (const id of names.split(" ")) assert.ok(ids.includes(id), `${page}: no #${id}`);
    }
  }
});

test("scripts make no HTML, JavaScript or style text out of strings", () => {
  for (const path of scripts) {
    const code = read(path);
    assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|cssText|setAttribute\("style"/.test(code), path);
  }
});

test("every import names a file and something that it exports", () => {
  const exported = (path) => new Set([...read(path).matchAll(/^export (?:async )?(?:function|const|class|let) (\w+)/gm)].map(([, name]) => name));
  for (const path of scripts) {
    for (const [, names, from] of read(path).matchAll(/^import \{([^}]*)\} from "([^"]+)";/gm)) {
      const target = join(dirname(path), from);
      assert.ok(existsSync(join(web, target)), `${path}: ${from}`);
      const there = exported(target);
      for (const name of names.split(",").map((text) => text.trim()).filter(Boolean)) assert.ok(there.has(name), `${path}: ${from} has no ${name}`);
    }
  }
});

test("scripts find nothing by an id, and only pages and what pages have once look into the document", () => {
  const once = new Set(["js/boot.js", "js/ui/account.js", "js/ui/confirm.js"]);
  for (const path of scripts) {
    const code = read(path);
    // The server's data is the page's own.
    if (path === "js/http/page-data.js") continue;
    assert.ok(!/getElementById|byId\(|querySelector(?:All)?\(["'`][^"'`]*#/.test(code), path);
    if (path.startsWith("js/pages/") || once.has(path)) continue;
    assert.ok(!/part\(document(?:\.body)?, /.test(code), path);
    // Whether any dialog is open, or an owner's form, is a fact of the page.
    for (const [, selector] of code.matchAll(/document\.querySelector(?:All)?\(([^)]*)\)/g)) assert.ok(['"dialog[open]"', '"[data-busy]"'].includes(selector), `${path}: ${selector}`);
  }
});

test("what a page looks for in the document stands in it once", () => {
  for (const page of ["start", "watch", "room", "embed"]) {
    const parts = [...template(page).matchAll(/data-part="([^"]+)"/g)].map(([, name]) => name);
    const asked = [...read(`js/pages/${page}.js`).matchAll(/part\(document, "([^"]+)"\)/g)].map(([, name]) => name);
    assert.ok(asked.length > 0, page);
    for (const name of asked) assert.equal(parts.filter((one) => one === name).length, 1, `${page}: ${name}`);
  }
});

test("every icon that a template or a script names is drawn", () => {
  const drawn = new Set([...read("js/ui/icons.js").matchAll(/^ {2}(\w+): \[/gm)].map(([, name]) => name));
  // The strings of an argument, also those of both ends of a choice, but not what the choice compares with.
  const calls = (code) => [...code.matchAll(/\b(?:icon\(|setIcon\(\w[\w.]*, )([^()]*)\)/g)].flatMap(([, argument]) => [...argument.matchAll(/(== )?"([^"]*)"/g)].filter(([, compared]) => !compared).map(([, , name]) => name));
  const attributes = (html) => [...html.matchAll(/\bdata-icon="([^"]*)"/g)].map(([, name]) => name);
  const named = [...scripts.flatMap((path) => calls(read(path)).map((name) => [path, name])), ...under("templates").flatMap((path) => attributes(read(path)).map((name) => [path, name]))];
  for (const known of ["moon", "sun", "film", "gear"]) assert.ok(named.some(([, name]) => name === known), `the scan misses ${known}`);
  for (const [path, name] of named) assert.ok(drawn.has(name), `${path}: js/ui/icons.js has no ${name}`);
});

test("elements look only for parts that their markup has, and pages include that markup", () => {
  const partsOf = (html) => [...html.matchAll(/data-part="([^"]+)"/g)].map(([, name]) => name);
  const markup = { player: read("templates/partials/player.mustache"), chat: read("templates/partials/chat.mustache") };
  for (const [name, html] of Object.entries(markup)) {
    assert.equal(new Set(partsOf(html)).size, partsOf(html).length, `${name}: a part occurs twice`);
    assert.ok(!/\sid=/.test(html), `${name}: an element may stand several times on a page`);
  }
  const everywhere = under("templates").flatMap((path) => partsOf(read(path)));
  const wantedOf = (path) => (/player/.test(path) ? partsOf(markup.player) : /vh-chat/.test(path) ? partsOf(markup.chat) : everywhere);
  const asked = scripts.flatMap((path) => [...read(path).matchAll(/\bpart\((?:[^()]+(?:\([^()]*\))?, )?"([^"]+)"\)/g)].map(([, name]) => [path, name]));
  assert.ok(asked.length > 60);
  for (const [path, name] of asked) assert.ok(wantedOf(path).includes(name), `${path}: ${name}`);
  for (const page of ["watch", "room", "embed"]) {
    const inside = /<vh-player[^>]*>\s*\{\{> partials\/player\}\}/;
    assert.match(read(`templates/${page}.mustache`), inside, `${page}: another player`);
  }
  // The parts of a room stand around and inside other elements, so a name may occur once only.
  const room = partsOf(read("templates/room.mustache") + read("templates/partials/room-overlay.mustache"));
  const inside = [...partsOf(markup.player), ...partsOf(markup.chat)];
  for (const name of ["chat-toggle", "wait", "join", "connection", "unread", "count", "members"]) {
    assert.equal([...room, ...inside].filter((one) => one === name).length, 1, name);
  }
});

test("style sheets use only values that are defined, and nothing from elsewhere", () => {
  const all = styles.map((path) => read(path)).join("\n");
  const defined = new Set([...all.matchAll(/(--[\w-]+)\s*:/g)].map(([, name]) => name));
  defined.add("--ratio"); // set by the watch page from the picture's shape
  for (const [, name] of all.matchAll(/var\((--[\w-]+)/g)) assert.ok(defined.has(name), name);
  assert.ok(!/url\(/.test(all));
  // What several pages have stands in one list.
  const lists = new Set(["css/layout.css", "css/player.css"]);
  for (const path of styles) {
    const imported = [...read(path).matchAll(/@import "([^"]+)";/g)].map(([, from]) => join(dirname(path), from));
    assert.equal(imported.length, read(path).split("@import").length - 1, path);
    assert.ok(imported.length === 0 || lists.has(path) || path.startsWith("css/pages/"), path);
    for (const from of imported) assert.ok(styles.includes(from), `${path}: ${from}`);
  }
  const used = new Set(styles.flatMap((path) => [...read(path).matchAll(/@import "([^"]+)";/g)].map(([, from]) => join(dirname(path), from))));
  for (const path of styles) assert.ok(path.startsWith("css/pages/") || used.has(path), `${path} is on no page`);
});

/** WCAG's contrast of two colours in hexadecimal. */
function contrast(a, b) {
  const light = (hex) => {
    const full = hex.length === 4 ? [...hex.slice(1)].map((c) => c + c).join("") : hex.slice(1);
    const [r, g, b2] = [0, 2, 4].map((i) => parseInt(full.slice(i, i + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b2;
  };
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

test("text stands out from its ground in both themes", () => {
  const [light, system, dark] = read("css/tokens.css").split(/(?::root|\[data-theme="dark"\] )[^{]*\{/).slice(1);
  const values = (block) => Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{3,6});/g)].map(([, name, value]) => [name, value]));
  assert.deepEqual(values(system), values(dark), "dark is the same whoever chose it");
  for (const theme of [values(light), values(dark)]) {
    for (const ink of ["ink", "ink-2", "ink-3", "accent", "danger", "warn"]) {
      for (const ground of ["bg", "surface"]) assert.ok(contrast(theme[ink], theme[ground]) >= 4.5, `${ink} on ${ground}: ${contrast(theme[ink], theme[ground]).toFixed(2)}`);
    }
    for (const [ink, ground] of [["accent-ink", "accent"], ["accent-ink", "accent-hover"], ["accent", "accent-soft"], ["danger", "danger-soft"], ["warn", "warn-soft"], ["surface", "danger"], ["ink-2", "surface-2"]]) {
      assert.ok(contrast(theme[ink], theme[ground]) >= 4.5, `${ink} on ${ground}: ${contrast(theme[ink], theme[ground]).toFixed(2)}`);
    }
    for (let hue = 0; hue < 8; hue += 1) assert.ok(contrast(theme[`hue-${hue}`], theme.surface) >= 4.5 && contrast(theme[`hue-${hue}`], theme["surface-2"]) >= 4.5, `hue-${hue}`);
    for (const ground of ["bg", "surface"]) assert.ok(contrast(theme["line-strong"], theme[ground]) >= 3, `line-strong on ${ground}`);
  }
});
