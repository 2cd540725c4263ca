// What the watch page makes of texts and files: links and times of a description, captions that are looked at, previews of cards.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { notesOf, rejectionAdvice } from "../../web/js/messages/rejections.js";
import { cuesOf } from "../../web/js/player/captions/vtt-cues.js";
import { spreadTiles } from "../../web/js/player/controls/vtt.js";
import { languageName } from "../../web/js/i18n/language-name.js";
import { languageOptions } from "../../web/js/videos/caption-languages.js";
import { richText } from "../../web/js/videos/rich-text.js";
import "./support/messages.js";

const links = (text) => richText(text).filter(({ href }) => href).map(({ text: shown, href }) => [shown, href]);
const times = (text, duration) => richText(text, duration).filter(({ seconds }) => seconds !== undefined).map(({ text: shown, seconds }) => [shown, seconds]);

test("addresses are links, without the punctuation of the sentence", () => {
  assert.deepEqual(links("See https://a.example/x. Or (http://b.example/y_(z)), or https://c.example/?q=1&r=2!"), [
    ["https://a.example/x", "https://a.example/x"],
    ["http://b.example/y_(z)", "http://b.example/y_(z)"],
    ["https://c.example/?q=1&r=2", "https://c.example/?q=1&r=2"],
  ]);
  assert.deepEqual(links("“https://a.example” <https://b.example/> https://müller.example/ö").map(([shown]) => shown), ["https://a.example", "https://b.example/", "https://müller.example/ö"]);
});

test("nothing else is a link", () => {
  for (const text of ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "a.example", "https://bank.example@evil.example/", "http://", "https://:80", "xhttps://a.example"]) assert.deepEqual(links(text), [], text);
});

test("times within the video lead to their place", () => {
  assert.deepEqual(times("0:00 Start\n1:30 – Middle (1:02:03)\n99:59 past 12:5", 4000), [["0:00", 0], ["1:30", 90], ["1:02:03", 3723]]);
  assert.deepEqual(times("1:30", 90), [], "the end is no place");
  assert.deepEqual(times("1:30"), [], "of a video without a known length");
  assert.deepEqual(times("https://a.example/1:30 2001:db8::1:20 3:4:5:6 1.30:20", 9000), []);
});

test("the pieces are the text", () => {
  for (const text of ["", "a", "https://a.example", "0:05 a https://a.example/b. 0:10\nc", "\u0627\u0644 0:01."]) {
    assert.equal(richText(text, 60).map((piece) => piece.text).join(""), text);
    assert.ok(richText(text, 60).every((piece) => piece.text !== ""));
  }
});

test("captions are looked at in both forms", () => {
  const cues = [{ start: 1.5, end: 2, text: "One" }, { start: 3723.04, end: 3724, text: "Two lines" }];
  assert.deepEqual(cuesOf("WEBVTT\n\n00:01.500 --> 00:02.000\nOne\n\n1:02:03.040 --> 1:02:04.000\n<i>Two</i>\nlines\n"), cues);
  assert.deepEqual(cuesOf("1\r\n00:00:01,500 --> 00:00:02,000\r\nOne\r\n\r\n2\r\n1:02:03,04 --> 1:02:04,0\r\nTwo\r\nlines\r\n"), cues);
  assert.deepEqual(cuesOf("no captions"), []);
});

test("a preview shows pictures from all of the video, but not its first moment", () => {
  const tiles = Array.from({ length: 100 }, (_, start) => ({ start }));
  const chosen = spreadTiles(tiles).map(({ start }) => start);
  assert.equal(chosen.length, 12);
  assert.ok(chosen[0] === 1 && chosen.at(-1) > 85 && chosen.every((start, index) => index === 0 || start > chosen[index - 1]));
  assert.deepEqual(spreadTiles(tiles.slice(0, 2)).length, 2);
  assert.deepEqual(spreadTiles(tiles.slice(0, 5)).map(({ start }) => start), [1, 2, 3, 4]);
});

test("every rejection has advice, and every note a sentence", () => {
  const rejections = [...readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8").match(/Rejections are caused by([\s\S]*?)\. Failures/)[1].matchAll(/`(\w+)`/g)].map(([, code]) => code);
  assert.ok(rejections.length > 10);
  for (const code of [...rejections, "something_new"]) assert.ok(rejectionAdvice(code).length > 10, code);
  assert.notEqual(rejectionAdvice("too_long"), rejectionAdvice("truncated"));
  const source = readFileSync(new URL("../../Sources/MediaModel/Source/VideoNote.swift", import.meta.url), "utf8");
  const notes = [...source.matchAll(/case (\w+)(?: = "(\w+)")?$/gm)].map(([, name, raw]) => raw ?? name);
  assert.ok(notes.length > 10);
  assert.equal(notesOf({ notes }).length, notes.length);
  assert.deepEqual(notesOf({ notes: ["something_new"] }), []);
  assert.deepEqual(notesOf(null), []);
});

test("languages of captions have names in the page's language", () => {
  assert.equal(languageName("de", "en"), "German");
  assert.equal(languageName("not a tag", "en"), "not a tag");
  const names = new Map(languageOptions("es"));
  assert.ok(names.size > 40 && names.get("ru") === "ruso");
});
