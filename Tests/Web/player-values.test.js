// The player's pure values: times, chapters, places and looks of captions, the transcript, the row's room.

import assert from "node:assert/strict";
import test from "node:test";
import { lookOf } from "../../web/js/player/captions/caption-look.js";
import { lastDistinct, placeOf } from "../../web/js/player/captions/cue-place.js";
import { matches, parseCues } from "../../web/js/player/captions/vtt-cues.js";
import { chapterAt, chaptersIn } from "../../web/js/player/chapters.js";
import { inTurn } from "../../web/js/player/next-video.js";
import { arrival } from "../../web/js/videos/suggestions.js";
import { overflowing } from "../../web/js/player/controls/fit.js";
import { shortcuts } from "../../web/js/player/panels/shortcuts.js";
import { embedCode, sharedAddress } from "../../web/js/player/panels/share.js";
import { ahead } from "../../web/js/player/panels/statistics.js";
import { parseTime, timeInAddress } from "../../web/js/player/start-time.js";
import { t } from "../../web/js/i18n/translate.js";
import "./support/messages.js";

test("times as people write them", () => {
  const rows = [["0", 0], ["90", 90], ["90s", 90], ["90.5", 90.5], ["1m30s", 90], ["1M30", 90], ["2m", 120], ["1h2m3s", 3723], ["1:30", 90], ["1:02:03", 3723], ["90:00", 5400]];
  for (const [text, seconds] of rows) assert.equal(parseTime(text), seconds, text);
  for (const bad of ["", " ", "abc", "-5", "1:75", "1:2:3:4", "s", "1x", null, undefined]) assert.equal(parseTime(bad), null, String(bad));
});

test("the fragment before the query, and no time where none is readable", () => {
  assert.equal(timeInAddress({ search: "?t=1m30s", hash: "" }), 90);
  assert.equal(timeInAddress({ search: "?t=90", hash: "#t=npt:10,20" }), 10);
  assert.equal(timeInAddress({ search: "?t=0", hash: "" }), 0, "the beginning is a time");
  assert.equal(timeInAddress({ search: "?start=5", hash: "#main" }), 5);
  assert.equal(timeInAddress({ search: "?t=soon", hash: "" }), null);
});

test("chapters need three rising stamps from 0:00 on", () => {
  const text = "Hello\n0:00 Start\r\n(01:10) - Middle 2\n1:00:00 – End\nSee 2:00 for more";
  assert.deepEqual(chaptersIn(text, 4000), [
    { start: 0, end: 70, title: "Start" },
    { start: 70, end: 3600, title: "Middle 2" },
    { start: 3600, end: 4000, title: "End" },
  ]);
  assert.deepEqual(chaptersIn(text, 100), [], "what lies behind the end does not count");
  for (const bad of ["0:00 A\n0:10 B", "0:05 A\n0:10 B\n0:20 C", "0:00 A\n0:20 B\n0:10 C", "", null]) assert.deepEqual(chaptersIn(bad, 4000), [], bad);
  const chapters = chaptersIn(text, 4000);
  assert.deepEqual([0, 69.9, 70, 1e6].map((time) => chapterAt(chapters, time)), [0, 0, 1, 2]);
  assert.equal(chapterAt([], 5), -1);
});

test("places of captions", () => {
  assert.deepEqual(placeOf({}), { edge: "bottom", offset: 0, left: 0, width: 100, align: "center" });
  assert.deepEqual(placeOf({ line: 0 }), { edge: "top", offset: 0, left: 0, width: 100, align: "center" });
  assert.equal(placeOf({ line: -1 }).offset, 0);
  assert.equal(placeOf({ line: -3 }).edge, "bottom");
  assert.deepEqual(placeOf({ line: 10, snapToLines: false, position: 20, size: 40, align: "start" }), { edge: "top", offset: 10, left: 20, width: 40, align: "start" });
  assert.equal(placeOf({ line: 90, snapToLines: false }).edge, "bottom");
  assert.equal(placeOf({ position: 95, size: 50, align: "start" }).left, 50, "never beyond the picture");
  assert.equal(placeOf({ position: 50, size: 40, align: "end" }).left, 10);
  for (let line = -40; line < 40; line += 1) assert.ok(placeOf({ line }).offset <= 90, String(line));
});

test("cues that segments repeat are shown once, and those that differ all", () => {
  const cue = { startTime: 1, endTime: 2, text: "A", line: "auto", position: "auto" };
  assert.deepEqual(lastDistinct([cue, { ...cue, startTime: 1.001 }, { ...cue, text: "B" }], 8).map(({ text }) => text), ["A", "B"]);
});

test("of very many cues at a time the last ones are shown, and no others are looked at", () => {
  let read = 0;
  const many = new Proxy([], {
    get: (_, name) => {
      if (name === "length") return 20_000;
      read += 1;
      return { startTime: 0, endTime: 9, text: name, line: Number(name), position: "auto" };
    },
  });
  assert.deepEqual(lastDistinct(many, 3).map(({ text }) => text), ["19997", "19998", "19999"]);
  assert.ok(read <= 6, `${read} cues were read`);
});

test("looks are complete whatever was stored", () => {
  const plain = { size: "medium", colour: "white", ground: "shade" };
  for (const stored of [undefined, null, {}, { size: "enormous", colour: "constructor" }]) assert.deepEqual(lookOf(stored), plain);
  assert.deepEqual(lookOf({ size: "huge" }), { ...plain, size: "huge" });
});

test("a transcript has words without tags, in order, and is searched whatever the case", () => {
  const cues = parseCues("\uFEFFWEBVTT\r\n\r\nNOTE no --> cue\r\n\r\n2\r\n00:03.000 --> 00:04.000 line:0\r\nfish &amp; <b>chips</b>\r\nfor two\r\n\r\n00:01.000 --> 00:02.000\r\n<v Ann>Ä word</v>\r\n\r\n00:05.000 --> 00:05.000\r\nnever\r\n");
  assert.deepEqual(cues, [{ start: 1, end: 2, text: "Ä word" }, { start: 3, end: 4, text: "fish & chips for two" }]);
  assert.deepEqual(matches(cues, " CHIPS "), [1]);
  assert.deepEqual(matches(cues, "ä"), [0]);
  assert.deepEqual(matches(cues, ""), [0, 1]);
});

test("controls go in their order until the rest fits", () => {
  const items = [{ name: "a", width: 100 }, { name: "b", width: 0 }, { name: "c", width: 44 }, { name: "d", width: 44 }];
  assert.deepEqual(overflowing(items, 100, 288), []);
  assert.deepEqual(overflowing(items, 100, 287), ["a"]);
  assert.deepEqual(overflowing(items, 100, 187), ["a", "c"], "what is not shown need not go");
  assert.deepEqual(overflowing(items, 100, 50), ["a", "c", "d"]);
});

test("shared addresses, loaded seconds, words", () => {
  assert.equal(sharedAddress("https://host/watch/v?x=1#t=3", 83.9), "https://host/watch/v?t=83");
  assert.equal(sharedAddress("https://host/watch/v", 0.9), "https://host/watch/v");
  const frame = (renditions, seconds = 0) => embedCode("https://host/watch/v", renditions, seconds);
  assert.equal(frame([{}, { width: 1280, height: 720 }]), '<iframe src="https://host/embed/v" width="640" height="360" allow="autoplay; fullscreen; picture-in-picture"></iframe>');
  assert.ok(frame([{ width: 90, height: 160 }], 83.9).includes('src="https://host/embed/v?t=83" width="360" height="640"'));
  assert.ok(frame([]).includes('width="640" height="360"'), "sound alone");
  assert.equal(ahead([[0, 10], [20, 30]], 22), 8);
  assert.equal(ahead([[0, 10]], 15), 0);
  assert.equal(t("player.resumed", { time: "1:00" }), "You continue at 1:00.");
  for (const [keys, what] of shortcuts()) assert.ok(keys.length > 0 && !what.startsWith("keys."), what);
});

test("what comes next was not shown yet, or is the longest ago", () => {
  const others = ["a", "b", "c", "d"].map((id) => ({ id }));
  const order = (seen) => inTurn(others, seen).map(({ id }) => id).join("");
  assert.equal(order([]), "abcd");
  assert.equal(order(["a", "x", "c"]), "bdac");
  assert.equal(order(["d", "b", "c", "a"]), "dbca");
});

test("a page of this site asks for playing by its link, others do not", () => {
  const from = (referrer, saveData = false) => arrival({ referrer, saveData }, "https://videos.example.org");
  assert.equal(from("https://videos.example.org/"), "sound");
  assert.equal(from("https://videos.example.org/watch/vid_1"), "sound");
  for (const referrer of ["", "https://example.org/", "https://videos.example.org.evil.example/"]) assert.equal(from(referrer), "", referrer);
  assert.equal(from("https://videos.example.org/", true), "", "who saves data presses play");
  const waited = (saveData) => arrival({ referrer: "", saveData, waited: true }, "https://videos.example.org");
  assert.deepEqual([waited(false), waited(true)], ["muted", ""], "a video that was waited for starts, without sound if need be");
});
