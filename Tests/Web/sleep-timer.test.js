// The sleep timer, with a clock that is moved by hand.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { SleepTimer } from "../../web/js/player/sleep-timer.js";
import { inLanguage } from "./support/messages.js";

const minute = 60_000;
const running = new Map();
let number = 0;
const setInterval = (run) => {
  running.set((number += 1), run);
  return number;
};
globalThis.window = { setInterval, clearInterval: (timer) => running.delete(timer) };

/** A tab: what it stores, a clock, and pages with a player and a timer. */
function tab() {
  const kept = new Map();
  globalThis.sessionStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  const clock = { ms: 1_000_000 };
  const page = () => {
    const player = Object.assign(new EventTarget(), { loop: false, paused: false, pauses: 0 });
    player.pause = () => Object.assign(player, { paused: true, pauses: player.pauses + 1 });
    const said = { paused: 0, changed: 0 };
    const timer = new SleepTimer(player, () => (said.paused += 1), () => clock.ms);
    timer.addEventListener("changed", () => (said.changed += 1));
    const tells = (event) => player.dispatchEvent(new Event(event));
    const waits = (ms) => {
      clock.ms += ms;
      for (const run of [...running.values()]) run();
    };
    return { player, said, timer, tells, waits };
  };
  return { clock, page };
}

test("minutes are counted down and pause what plays, once", () => {
  const { player, said, timer, waits } = tab().page();
  assert.deepEqual([timer.choice, timer.words], ["off", "Off"]);
  timer.choice = 15;
  assert.deepEqual([timer.words, said.changed, running.size], ["15 min left", 1, 1]);
  waits(1000);
  assert.deepEqual([timer.words, said.changed], ["15 min left", 1], "the menu is drawn when its words change, not each second");
  waits(minute);
  assert.deepEqual([timer.words, said.changed], ["14 min left", 2]);
  waits(14 * minute - 1001);
  assert.deepEqual([timer.words, player.pauses], ["1 min left", 0]);
  waits(1);
  assert.deepEqual([timer.choice, player.pauses, said.paused, running.size], ["off", 1, 1, 0]);
});

test("what stands still is not paused, and a timer that was switched off pauses nothing", () => {
  const { player, said, timer, waits } = tab().page();
  timer.choice = 15;
  player.paused = true;
  waits(16 * minute);
  assert.deepEqual([timer.choice, player.pauses, said.paused], ["off", 0, 0]);
  player.paused = false;
  timer.choice = 30;
  timer.choice = "off";
  waits(31 * minute);
  assert.deepEqual([player.pauses, running.size], [0, 0]);
});

test("minutes go on in the next page of the tab; what is over or was not stored by a timer does not", () => {
  const { clock, page } = tab();
  const first = page();
  first.timer.choice = 30;
  clock.ms += 10 * minute;
  const second = page();
  assert.deepEqual([second.timer.choice, second.timer.words], [30, "20 min left"]);
  second.timer.choice = "off";
  first.timer.restore();
  assert.equal(first.timer.choice, "off", "the browser shows the first page again");
  assert.equal(running.size, 0);
  first.timer.choice = 15;
  clock.ms += 15 * minute;
  assert.equal(page().timer.choice, "off");
  const { ms } = clock;
  for (const stored of ["", "null", "[]", `{"minutes":15,"until":"soon"}`, `{"minutes":7,"until":${ms + 1}}`, `{"minutes":15,"until":${ms + 16 * minute}}`, `{"minutes":"end","until":${ms + 1}}`]) {
    sessionStorage.setItem("videohost.sleep", stored);
    assert.equal(page().timer.choice, "off", stored);
  }
  first.timer.choice = "off";
  assert.equal(running.size, 0);
});

test("the end of the video lets nothing start after it, until the video plays again", () => {
  const { page } = tab();
  const { player, timer, tells } = page();
  player.loop = true;
  timer.choice = "end";
  assert.deepEqual([timer.words, timer.isResting, player.loop, running.size], ["End of the video", true, false, 0]);
  tells("play");
  assert.equal(timer.choice, "end", "a pause before the end changes nothing");
  tells("ended");
  assert.ok(timer.isResting);
  tells("play");
  assert.deepEqual([timer.choice, timer.isResting, player.pauses], ["off", false, 0]);
  timer.choice = "end";
  assert.equal(page().timer.choice, "off", "the next video has another end");
});

test("shortly before the time is over no other video starts by itself", () => {
  const { timer, waits } = tab().page();
  timer.choice = 15;
  waits(14 * minute);
  assert.ok(!timer.isResting);
  waits(minute / 2 + 1);
  assert.ok(timer.isResting);
  timer.choice = "off";
  assert.ok(!timer.isResting);
});

test("one of the entries is chosen, and all of them have words in every language", () => {
  const { timer } = tab().page();
  const words = () => timer.entries.map(({ label }) => label);
  assert.deepEqual(words(), ["Off", "15 minutes", "30 minutes", "60 minutes", "End of the video"]);
  assert.deepEqual(inLanguage("ru", words), ["Выкл.", "15 минут", "30 минут", "60 минут", "Конец видео"]);
  timer.entries[2].run();
  assert.deepEqual(timer.entries.map(({ chosen }) => chosen), [false, false, true, false, false]);
  assert.equal(inLanguage("de", () => timer.words), "noch 30 Min.");
  timer.choice = "off";
});

test("only the watch page gives its player a timer", () => {
  const pages = new URL("../../web/js/pages/", import.meta.url);
  const giving = readdirSync(pages).filter((name) => readFileSync(new URL(name, pages), "utf8").includes("new SleepTimer("));
  assert.deepEqual(giving, ["watch.js"]);
});
