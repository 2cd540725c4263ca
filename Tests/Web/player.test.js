import assert from "node:assert/strict";
import test from "node:test";
import { hlsConfig, patient, shouldRetry } from "../../web/js/player/sources/hls-config.js";
import { actionFor, withoutKey } from "../../web/js/player/controls/keys.js";
import { jumpCap, levelCap, madeIn, wholeIn } from "../../web/js/player/sources/level-cap.js";
import { autoLabel, levelLabel, nextSpeed, qualityEntries } from "../../web/js/player/sources/levels.js";
import { Recovery, faultOf, faultWords } from "../../web/js/player/sources/recovery.js";
import { otherGroups, trackEntries } from "../../web/js/player/sources/tracks.js";
import { t } from "../../web/js/i18n/translate.js";
import { parseStoryboard, tileAt, timestamp } from "../../web/js/player/controls/vtt.js";
import "./support/messages.js";

test("time stamps", () => {
  const rows = [["00:00.000", 0], ["01:02.500", 62.5], ["100:00:00.001", 360_000.001]];
  for (const [text, seconds] of rows) assert.equal(timestamp(text), seconds);
  for (const bad of ["", "1:2.5", "00:61.000", "00:00:00,000", "-1:00.000"]) assert.ok(Number.isNaN(timestamp(bad)), bad);
});

const storyboard = `\uFEFFWEBVTT

NOTE made by hand

00:00:05.000 --> 00:00:10.000 align:start
sheet-1.jpg#xywh=160,0,160,90

first
00:00.000 --> 00:05.000
sheet-1.jpg#xywh=pixel:0,0,160,90

00:10.000 --> 00:12.000
just words

00:12.000 --> 00:12.000
sheet-1.jpg#xywh=0,0,160,90

00:13.000 --> 00:14.000
javascript:alert(1)#xywh=0,0,160,90

00:14.000 --> 00:15.000
../other/sheet-2.jpg#xywh=0,90,160,90`;

test("a storyboard's tiles, sorted and resolved; everything else is passed over", () => {
  const tiles = parseStoryboard(storyboard.replaceAll("\n", "\r\n"), "https://host/v/vid/g1/storyboard.vtt");
  assert.deepEqual(
    tiles.map(({ start, url, x, y }) => [start, url, x, y]),
    [[0, "https://host/v/vid/g1/sheet-1.jpg", 0, 0], [5, "https://host/v/vid/g1/sheet-1.jpg", 160, 0], [14, "https://host/v/vid/other/sheet-2.jpg", 0, 90]],
  );
  assert.equal(tileAt(tiles, 4.99).start, 0);
  assert.equal(tileAt(tiles, 5).start, 5);
  assert.equal(tileAt(tiles, 13).start, 5, "a gap shows the last tile");
  assert.equal(tileAt(tiles, 1e9).start, 14);
  assert.equal(tileAt([], 1), null);
  assert.deepEqual(parseStoryboard("", "https://host/"), []);
});

test("waiting for a segment that is not made yet never ends by itself soon", () => {
  for (let count = 0; count < 200; count += 1) assert.ok(shouldRetry({}, count, false, { code: 503 }));
  assert.ok(shouldRetry({}, 5, false, { code: 500 }) && !shouldRetry({}, 6, false, { code: 500 }));
  assert.ok(shouldRetry({}, 0, true, undefined));
  for (const code of [400, 401, 403, 404, 410]) assert.ok(!shouldRetry({}, 0, false, { code }));
});

test("the server's 8 s fit into the time that hls.js waits for a first byte", () => {
  const { fragLoadPolicy } = hlsConfig();
  assert.ok(fragLoadPolicy.default.maxTimeToFirstByteMs > 10_000);
  // hls.js compares its own count with this number before it asks.
  assert.ok(fragLoadPolicy.default.errorRetry.maxNumRetry >= 200);
});

test("what can be recovered is, and the rest is given up", () => {
  const of = (type, code, details = "fragLoadError", fatal = true) => faultOf({ type, details, fatal, response: { code } });
  const recovery = new Recovery();
  assert.equal(recovery.next(of("networkError", 503, "fragLoadError", false), 0).action, "none");
  assert.equal(recovery.next(of("networkError", 503), 0).action, "startLoad");
  assert.equal(recovery.next(of("networkError", 0, "manifestLoadError"), 0).action, "reload");
  const actions = [1, 2, 3, 4].map(() => recovery.next(of("networkError", 0), 0).action);
  assert.deepEqual(actions, ["startLoad", "startLoad", "startLoad", "giveUp"]);
  recovery.succeeded();
  assert.equal(recovery.next(of("networkError", 0), 0).action, "startLoad");
  assert.deepEqual([0, 1, 2, 40_000].map((now) => recovery.next(of("mediaError", 0), now).action), ["recoverMedia", "recoverMedia", "giveUp", "recoverMedia"]);
  assert.equal(recovery.next(of("networkError", 404), 0).action, "giveUp");
  assert.equal(recovery.next(of("otherError", 0), 0).action, "giveUp");
});

test("refused segments are fatal only for a player that has nothing left", () => {
  const refused = { kind: "gone", fatal: false, status: 404 };
  const feed = (starved) => {
    const recovery = new Recovery();
    return [0, 1000, 2000, 3000, 4000, 5000].map((now) => recovery.next(refused, now, starved).action);
  };
  assert.deepEqual(feed(false), Array(6).fill("none"));
  assert.deepEqual(feed(true), ["none", "none", "none", "none", "giveUp", "giveUp"]);
});

test("without a network a player that has nothing left gives up after a while, and starts anew when bytes arrive", () => {
  const lost = { kind: "network", fatal: false, status: 0 };
  const feed = (recovery, times, starved) => times.map((now) => recovery.next(lost, now, starved).action);
  assert.deepEqual(feed(new Recovery(), [0, 10_000, 60_000], false), ["none", "none", "none"], "there is something left to play");
  const recovery = new Recovery();
  feed(recovery, [0, 30_000], false);
  assert.deepEqual(feed(recovery, [40_000, 51_000, 52_000], true), ["none", "none", "giveUp"], "time counts from when it had nothing left");
  recovery.succeeded();
  assert.deepEqual(feed(recovery, [53_000, 64_000, 65_000], true), ["none", "none", "giveUp"]);
});

test("every fault has words", () => {
  for (const kind of ["gone", "network", "unmade", "media", "unsupported", "other", "never heard of"]) for (const what of ["title", "text"]) assert.ok(!t(`fault.${faultWords(kind)}.${what}`).startsWith("fault."), kind);
  assert.equal(faultWords("network", false), "offline");
  assert.equal(faultWords("media", false), "media");
});

test("levels by the shorter side, best first, told apart", () => {
  const levels = [
    { width: 426, height: 240, bitrate: 3e5 },
    { width: 1080, height: 1920, bitrate: 6e6, frameRate: 59.94 },
    { width: 1280, height: 720, bitrate: 2e6 },
    { width: 1280, height: 720, bitrate: 3e6 },
  ];
  assert.deepEqual(
    qualityEntries(levels).map(({ index, label, detail }) => [index, label, detail]),
    [[1, "1080p60", ""], [3, "720p", "3.0 Mbit/s"], [2, "720p", "2.0 Mbit/s"], [0, "240p", ""]],
  );
  assert.equal(autoLabel(levels, 0), "Auto (240p)");
  assert.equal(autoLabel(levels, -1), "Auto");
  assert.equal(levelLabel({ width: 0, height: 0, bitrate: 128_000 }), "128 kbit/s");
});

test("of pictures that are listed with stereo and with 5.1, those with the sound of the start stay", () => {
  const levels = ["audio", "audio", "surround", "audio", "surround", "surround"].map((audioGroupId) => ({ audioGroupId }));
  assert.deepEqual(otherGroups(levels, 1), [2, 4, 5]);
  assert.deepEqual(otherGroups(levels, 5), [0, 1, 3]);
  assert.deepEqual(otherGroups([{ audioGroupId: undefined }, { audioGroupId: undefined }], 0), [], "without sound");
  assert.deepEqual(otherGroups([], -1), []);
});

test("audio tracks by name, else by language, else by number", () => {
  const tracks = [{ name: "English", lang: "en" }, { name: "", lang: "de" }, {}];
  assert.deepEqual(trackEntries(tracks).map(({ index, label }) => [index, label]), [[0, "English"], [1, "German"], [2, "Audio 3"]]);
});

test("speeds step through the list and stay in it", () => {
  assert.deepEqual([nextSpeed(1, 1), nextSpeed(1, -1), nextSpeed(2, 1), nextSpeed(0.5, -1), nextSpeed(1.1, 1)], [1.25, 0.75, 2, 0.5, 1.25]);
});

test("keys", () => {
  const press = (key, target, more = {}) => actionFor({ key, ctrlKey: false, metaKey: false, altKey: false, ...more }, target);
  assert.deepEqual(press(" "), ["toggle"]);
  assert.deepEqual(press("K"), ["toggle"], "Caps Lock");
  assert.deepEqual(press("7"), ["seekTo", 0.7]);
  assert.deepEqual(press("ArrowLeft", "slider"), ["seekBy", -5]);
  assert.equal(press(" ", "button"), null, "Space presses the button that has the focus");
  assert.deepEqual(press("f", "button"), ["full"]);
  assert.equal(press("k", "text"), null);
  assert.equal(press("ArrowUp", "volume"), null);
  assert.equal(press("ArrowDown", "menu"), null);
  assert.equal(press("f", "page", { ctrlKey: true }), null, "the browser's own");
  assert.equal(press("x"), null);
});

test("Auto goes no higher than the player shows and than what is made", () => {
  const levels = [[426, 240], [640, 360], [1280, 720], [1920, 1080]].map(([width, height]) => ({ width, height }));
  const all = () => true;
  assert.equal(levelCap([], { width: 100, height: 50 }, all), -1);
  assert.equal(levelCap(levels, { width: 1180, height: 664 }, all), 2);
  assert.equal(levelCap(levels, { width: 300, height: 170 }, all), 0);
  assert.equal(levelCap(levels, { width: 4000, height: 2000 }, all), 3);
  assert.equal(levelCap(levels, { width: 0, height: 0 }, all), 3, "not laid out yet");
  const made = madeIn([{ width: 426, height: 240, state: "queued" }, { width: 640, height: 360, state: "processing" }, { width: 1280, height: 720, state: "queued" }, { name: "aund", state: "queued" }]);
  assert.equal(levelCap(levels.slice(0, 3), { width: 1180, height: 664 }, made), 1);
  assert.equal(levelCap(levels.slice(0, 3), { width: 300, height: 170 }, made), 1, "the smallest that exists");
  assert.equal(levelCap(levels, { width: 1180, height: 664 }, () => false), 2, "nothing is known to exist: no reason to choose");
  assert.ok(madeIn([])(levels[0]));
});

test("after a jump Auto chooses a whole level, or the one that is made fastest", () => {
  const levels = [[426, 240], [640, 360], [1280, 720], [1920, 1080]].map(([width, height]) => ({ width, height }));
  const cap = (most, ready) => jumpCap(levels, most, 1, wholeIn(levels.map((one, index) => ({ ...one, state: ready.includes(index) ? "ready" : "processing" }))));
  assert.equal(cap(2, []), 1);
  assert.equal(cap(0, []), 0, "never above what the player shows");
  assert.equal(cap(-1, []), 1);
  assert.equal(cap(2, [2]), 2);
  assert.equal(cap(-1, [3]), -1);
  assert.equal(cap(2, [0, 3]), 0);
  assert.equal(jumpCap([], -1, -1, () => true), -1);
});

test("a request for a segment that the server makes is not given up for a lower level before its answer begins", () => {
  class Levels {
    checks = [];
    fragCurrent = { stats: { loading: { first: 0 } } };
    _abandonRulesCheck = (level) => this.checks.push(level);
  }
  let making = true;
  const levels = new (patient(Levels, () => making))();
  levels._abandonRulesCheck("waiting");
  levels.fragCurrent.stats.loading.first = 5;
  levels._abandonRulesCheck("slow");
  making = false;
  levels.fragCurrent.stats.loading.first = 0;
  levels._abandonRulesCheck("made");
  assert.deepEqual(levels.checks, ["slow", "made"]);
});

test("a label loses its key, and nothing else", () => {
  assert.deepEqual(["Full screen (f)", "Next video (⇧N)", "Sound (English)", "Share"].map(withoutKey), ["Full screen", "Next video", "Sound (English)", "Share"]);
});
