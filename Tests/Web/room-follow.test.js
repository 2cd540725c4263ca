import assert from "node:assert/strict";
import test from "node:test";
import { bands, decide, roomPosition } from "../../web/js/room/playback/follow.js";

const playing = { rev: 3, phase: "playing", pos: 10_000, at: 50_000, rate: 1, durationMs: 600_000 };
const paused = { ...playing, phase: "paused" };
const steady = { pos: 20_000, end: 600_000, paused: false, rate: 1, busy: false, ended: false };
const now = 60_000; // the playing room is at 20,000
const play = (off, more = {}, rest = {}) => decide({ state: playing, now, player: { ...steady, pos: 20_000 + off, ...more }, ...rest });

test("the room's position", () => {
  assert.equal(roomPosition(playing, 60_000), 20_000);
  assert.equal(roomPosition(playing, 49_000), 10_000, "not begun yet");
  assert.equal(roomPosition({ ...playing, rate: 1.5 }, 52_000), 13_000);
  assert.equal(roomPosition(playing, 10_000_000), 600_000, "no further than the end");
  for (const phase of ["waiting", "paused", "ended"]) assert.equal(roomPosition({ ...playing, phase }, 60_000), 10_000);
});

test("below 80 ms nothing is done", () => {
  for (const off of [0, 79, -79]) assert.equal(play(off).action, "none", String(off));
});

test("up to a second the speed changes by 4 %, until within 40 ms", () => {
  assert.deepEqual([play(81).action, play(81).rate], ["rate", 0.96]);
  assert.deepEqual([play(-999).action, play(-999).rate], ["rate", 1.04]);
  // What was begun goes on below the 80 ms at which it would not begin.
  const goesOn = play(60, { rate: 0.96 }, { nudging: true });
  assert.deepEqual([goesOn.action, goesOn.nudging], ["none", true]);
  const done = play(39, { rate: 0.96 }, { nudging: true });
  assert.deepEqual([done.action, done.rate, done.nudging], ["rate", 1, false]);
  // On the other side of the mark it turns round rather than runs on.
  assert.equal(play(-60, { rate: 0.96 }, { nudging: true }).rate, 1.04);
});

test("the nudge is a part of the room's own speed", () => {
  const state = { ...playing, rate: 2, pos: 0, at: 50_000 };
  assert.equal(decide({ state, now, player: { ...steady, rate: 2, pos: 20_500 } }).rate, 1.92);
  const other = decide({ state, now, player: { ...steady, rate: 1, pos: 20_000 } });
  assert.deepEqual([other.action, other.rate], ["rate", 2], "also without being off");
});

test("beyond a second the player jumps to 250 ms ahead", () => {
  for (const off of [1001, -1001, -30_000]) assert.deepEqual([play(off).action, play(off).pos], ["seek", 20_250], String(off));
  assert.equal(play(1000).action, "rate");
  assert.equal(play(-5000, {}, { lead: 2000 }).pos, 22_000, "further ahead where jumps take longer");
});

test("where the speed must not be touched, only jumps, from 600 ms on", () => {
  assert.equal(play(599, {}, { canRate: false }).action, "none");
  assert.equal(play(-601, {}, { canRate: false }).action, "seek");
  assert.equal(play(81, {}, { canRate: false }).action, "none");
});

test("a jump that is asked for comes also from nearby, but not from within the quiet band", () => {
  assert.equal(play(-200, {}, { force: true }).action, "seek");
  assert.equal(play(-79, {}, { force: true }).action, "none");
});

test("a player that is busy is left alone", () => {
  assert.equal(play(-30_000, { busy: true }).action, "none");
  assert.equal(play(300, { busy: true, rate: 0.96 }, { nudging: true }).nudging, true);
});

test("a paused player starts when the room does, not before, and says when to look again", () => {
  const at = { ...playing, at: now + 700 };
  const before = decide({ state: at, now, player: { ...steady, paused: true, pos: 10_000 } });
  assert.deepEqual([before.action, before.again], ["none", 700]);
  assert.equal(decide({ state: at, now: now + 700, player: { ...steady, paused: true, pos: 10_000 } }).action, "play");
  assert.equal(decide({ state: at, now, player: { ...steady, pos: 10_000 } }).action, "pause", "who plays too early stops");
});

test("a paused player that is far off goes there before it starts", () => {
  const step = play(-5000, { paused: true });
  assert.deepEqual([step.action, step.pos], ["seek", 20_250]);
  assert.equal(play(-900, { paused: true }).action, "play");
});

test("in every other phase the player stops, then goes to the place", () => {
  for (const phase of ["paused", "waiting", "ended"]) {
    const state = { ...paused, phase };
    assert.equal(decide({ state, now, player: { ...steady, pos: 10_000 } }).action, "pause", phase);
    const there = decide({ state, now, player: { ...steady, paused: true, pos: 10_300 } });
    assert.deepEqual([there.action, there.pos], ["seek", 10_000], "exactly there, without a lead");
    assert.equal(decide({ state, now, player: { ...steady, paused: true, pos: 10_060 } }).action, "none");
    assert.equal(decide({ state, now, player: { ...steady, paused: true, pos: 90_000, busy: true } }).action, "none");
  }
});

test("at the end nothing runs after a place that the player does not have", () => {
  const late = { ...playing, pos: 599_900, durationMs: 600_000 };
  const player = { ...steady, pos: 599_960, end: 599_960, paused: true, ended: true };
  assert.equal(decide({ state: late, now, player }).action, "none", "it does not start again");
  assert.equal(decide({ state: { ...late, phase: "ended", pos: 600_000 }, now, player }).action, "none", "40 ms that do not exist are not sought");
  assert.equal(decide({ state: playing, now, player }).action, "seek", "but back it goes");
});

test("a player out of control comes to the room and stays", () => {
  // A player whose clock runs half a percent fast and that takes 180 ms for a jump, looked at four times a second.
  let player = { ...steady, pos: 0 };
  let nudging = false;
  let late = 0;
  for (let t = 0; t < 120_000; t += 250) {
    const at = now + t;
    const step = decide({ state: playing, now: at, player, nudging });
    nudging = step.nudging;
    if (step.action === "rate") player = { ...player, rate: step.rate };
    if (step.action === "seek") player = { ...player, pos: step.pos - 180 };
    if (t > 10_000) late = Math.max(late, Math.abs(player.pos - roomPosition(playing, at)));
    player = { ...player, pos: player.pos + 250 * player.rate * 1.005 };
  }
  assert.ok(late <= bands.quiet + 12, `${late} ms`);
});
