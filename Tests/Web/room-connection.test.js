import assert from "node:assert/strict";
import test from "node:test";
import { delayBefore } from "../../web/js/room/protocol/backoff.js";
import { afterClose } from "../../web/js/room/protocol/close-codes.js";
import { Connection } from "../../web/js/room/protocol/connection.js";

let time = 0;

/** A connection whose actions are easy to look at. */
function connection(more = {}) {
  time = 1000;
  const machine = new Connection({ who: { name: "Ben" }, random: () => 0.5, now: () => time, ...more });
  const step = (type, rest = {}) => machine.step({ type, ...rest });
  const hears = (message) => step("message", { text: JSON.stringify(message) });
  return { machine, step, hears };
}

const of = (actions, what) => actions.filter((action) => action.do === what);
const sent = (actions) => of(actions, "send").map(({ message }) => message);
const timers = (actions) => Object.fromEntries(of(actions, "timer").map(({ name, ms }) => [name, ms]));
const snapshot = { room: {}, state: {}, members: [], chat: [] };
const welcome = (more = {}) => ({ t: "welcome", ts: 5, d: { memberId: "m1", secret: "s1", epoch: "e1", seq: 10, resumed: false, snapshot, limits: {}, ...more } });
const event = (seq) => ({ t: "chat.msg", seq, ts: 5, d: { msgId: `c${seq}` } });
const seqs = (actions) => of(actions, "event").map(({ event: { seq } }) => seq);

/** One that is in, at event 10. */
function inside(more) {
  const it = connection(more);
  it.step("start");
  it.step("opened");
  it.hears(welcome());
  return it;
}

test("coming in: hello is the first message, and nobody waits for ever", () => {
  const { machine, step, hears } = connection();
  assert.deepEqual(of(step("start"), "open").length, 1);
  const opened = step("opened");
  assert.deepEqual(sent(opened), [{ t: "hello", d: { name: "Ben" } }]);
  assert.equal(timers(opened).welcome, 10_000);
  const came = hears(welcome());
  assert.equal(machine.state, "open");
  assert.deepEqual(came.map((action) => action.do).filter((what) => ["status", "welcome", "snapshot"].includes(what)), ["status", "welcome", "snapshot"]);
  assert.deepEqual(machine.resume, { memberId: "m1", secret: "s1", epoch: "e1", seq: 10 });
});

test("a server that opens and says nothing is given up", () => {
  const { machine, step } = connection();
  step("start");
  step("opened");
  const gone = step("timer", { name: "welcome" });
  assert.equal(of(gone, "close").length, 1);
  assert.equal(machine.state, "waiting");
});

test("ordered events go on in their order, and none is told twice", () => {
  const { hears, machine } = inside();
  assert.deepEqual(seqs(hears(event(11))), [11]);
  assert.deepEqual(seqs(hears(event(11))), []);
  assert.deepEqual(seqs(hears(event(9))), []);
  assert.deepEqual(seqs(hears(event(12))), [12]);
  assert.equal(machine.resume.seq, 12);
  const loose = hears({ t: "sync", ts: 1, d: { rev: 4 } });
  assert.equal(of(loose, "loose")[0].event.d.rev, 4);
});

test("a gap asks for everything once; what comes meanwhile waits and is put behind it", () => {
  const { hears, machine } = inside();
  const gap = hears(event(13));
  assert.deepEqual(seqs(gap), [], "nothing is told that would stand in the wrong place");
  const [ask] = sent(gap);
  assert.equal(ask.t, "resync");
  assert.deepEqual(sent(hears(event(14))), [], "one question is enough");
  const answer = hears({ re: ask.id, ok: true, d: { epoch: "e2", seq: 13, snapshot } });
  assert.equal(of(answer, "snapshot").length, 1);
  assert.deepEqual(seqs(answer), [14], "13 is in the snapshot, 14 is not");
  assert.deepEqual([machine.resume.epoch, machine.resume.seq], ["e2", 14]);
});

test("a gap behind the snapshot asks again, and a refused question begins anew", () => {
  const { hears, machine } = inside();
  const [first] = sent(hears(event(13)));
  hears(event(16));
  const [second] = sent(hears({ re: first.id, ok: true, d: { epoch: "e1", seq: 13, snapshot } }));
  assert.equal(second.t, "resync");
  const refused = hears({ re: second.id, err: { code: "unavailable" } });
  assert.equal(of(refused, "close").length, 1);
  assert.equal(machine.state, "waiting");
});

test("the server may send everything unasked, and the page may ask because it is behind", () => {
  const { hears, step } = inside();
  const pushed = hears({ t: "resync", ts: 1, d: { epoch: "e3", seq: 40, snapshot } });
  assert.equal(of(pushed, "snapshot").length, 1);
  assert.deepEqual(seqs(hears(event(41))), [41]);
  const [ask] = sent(step("behind"));
  assert.equal(ask.t, "resync");
  assert.deepEqual(step("behind"), [], "not twice");
});

test("after a break the same member comes back, and missed events follow without a snapshot", () => {
  const { hears, step, machine } = inside();
  hears(event(11));
  const broken = step("closed", { code: 1006 });
  assert.deepEqual(of(broken, "status")[0], { do: "status", status: "reconnecting", ms: 500 });
  assert.equal(timers(broken).retry, 500);
  assert.equal(of(step("timer", { name: "retry" }), "open").length, 1);
  assert.deepEqual(sent(step("opened"))[0].d, { name: "Ben", resume: { memberId: "m1", secret: "s1", epoch: "e1", seq: 11 } });
  const back = hears(welcome({ resumed: true, seq: 13, snapshot: undefined, missed: [event(12), event(13)] }));
  assert.deepEqual(seqs(back), [12, 13]);
  assert.equal(of(back, "snapshot").length, 0);
  assert.deepEqual(sent(back).map(({ t }) => t), ["clock"]);
  assert.deepEqual(seqs(hears(event(14))), [14]);
  assert.equal(machine.state, "open");
});

test("missed events that do not reach what the server says are not believed", () => {
  const { hears, step } = inside();
  step("closed", { code: 4011 });
  step("timer", { name: "retry" });
  step("opened");
  const back = hears(welcome({ resumed: true, seq: 15, snapshot: undefined, missed: [event(11), event(12)] }));
  assert.deepEqual(sent(back).map(({ t }) => t), ["resync", "clock"]);
});

test("a page that has nothing yet asks for everything though it was resumed", () => {
  const before = { memberId: "m1", secret: "s1", epoch: "", seq: 15 };
  const { hears, step } = connection({ before });
  step("start");
  assert.deepEqual(sent(step("opened"))[0].d.resume, before);
  const back = hears(welcome({ resumed: true, seq: 15, snapshot: undefined, missed: [] }));
  const [ask] = sent(back);
  assert.equal(ask.t, "resync");
  const answer = hears({ re: ask.id, ok: true, d: { epoch: "e1", seq: 15, snapshot } });
  assert.equal(of(answer, "snapshot").length, 1);
  assert.deepEqual(seqs(hears(event(16))), [16]);
});

test("tries come further and further apart, up to 30 s, each at random", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 40].map((n) => delayBefore(n, () => 1)), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(delayBefore(3, () => 0.25), 1000);
  assert.equal(delayBefore(9, () => 0), 0);

  const { hears, step } = inside({ random: () => 1 });
  const waits = [];
  for (let n = 0; n < 3; n += 1) {
    waits.push(timers(step("closed", { code: 1006 })).retry);
    step("timer", { name: "retry" });
  }
  assert.deepEqual(waits, [1000, 2000, 4000]);
  step("opened");
  hears(welcome({ resumed: true, seq: 10, snapshot: undefined, missed: [] }));
  assert.equal(timers(step("closed", { code: 1006 })).retry, 1000, "who was in begins with short waits again");
});

test("codes that are final end it; the others come back", () => {
  for (const code of [4000, 4001, 4002, 4003, 4005, 4006, 4009]) {
    const { step, machine } = inside();
    const ended = of(step("closed", { code }), "status")[0];
    assert.deepEqual([ended.status, ended.code, machine.state], ["ended", code, "ended"], String(code));
    assert.deepEqual(step("timer", { name: "retry" }), []);
  }
  for (const code of [1000, 1001, 1006, 1011, 1012, 4008, 4010, 4011]) assert.ok(afterClose(code, null).back, String(code));
});

test("what the server says before it closes counts more than the code", () => {
  const { hears, step } = inside();
  hears({ t: "bye", ts: 1, d: { code: 4010, reconnect: true, afterMs: 3210, reason: "" } });
  assert.equal(timers(step("closed", { code: 1006 })).retry, 3210);

  const other = inside();
  other.hears({ t: "bye", ts: 1, d: { code: 4005, reconnect: false, afterMs: 0, reason: "spoilers" } });
  const ended = of(other.step("closed", { code: 1006 }), "status")[0];
  assert.deepEqual([ended.status, ended.code, ended.reason], ["ended", 4005, "spoilers"]);
});

test("a goodbye counts for its own connection only", () => {
  const { hears, step } = inside();
  hears({ t: "bye", ts: 1, d: { code: 4010, reconnect: true, afterMs: 3210 } });
  step("closed", { code: 4010 });
  step("timer", { name: "retry" });
  step("opened");
  assert.equal(of(step("closed", { code: 4002 }), "status")[0].status, "ended");
});

test("five clock messages quickly, then one every ten seconds; answers are measured", () => {
  const { step, hears } = connection();
  step("start");
  step("opened");
  const waits = [];
  let actions = hears(welcome());
  for (let n = 0; n < 7; n += 1) {
    waits.push(timers(actions).clock);
    const [{ id, d }] = sent(actions);
    time += 30;
    assert.deepEqual(of(hears({ re: id, ok: true, d: { t0: d.t0, t1: 9000, t2: 9010 } }), "clock"), [{ do: "clock", t0: d.t0, t1: 9000, t2: 9010, t3: d.t0 + 30 }]);
    actions = step("timer", { name: "clock" });
  }
  assert.deepEqual(waits, [200, 200, 200, 200, 10_000, 10_000, 10_000]);
});

test("silence breaks the connection, every message puts it off, and waking up asks at once", () => {
  const { step, hears, machine } = inside();
  assert.equal(timers(hears({ t: "sync", ts: 1, d: {} })).silence, 25_000);
  const awake = step("wake");
  assert.equal(sent(awake)[0].t, "clock");
  assert.equal(timers(awake).silence, 10_000);
  assert.equal(of(step("timer", { name: "silence" }), "close").length, 1);
  assert.equal(machine.state, "waiting");
  assert.equal(of(step("wake"), "open").length, 1, "awake again there is no reason to wait");
});

test("questions are answered by their number, and a break answers all that are open", () => {
  const { step, hears } = inside();
  const [play] = sent(step("ask", { t: "ctl.play", d: {}, tag: 1 }));
  const [chat] = sent(step("ask", { t: "chat.send", d: { text: "hi" }, tag: 2 }));
  assert.notEqual(play.id, chat.id);
  assert.deepEqual(of(hears({ re: chat.id, ok: true, d: { msgId: "c" } }), "answer"), [{ do: "answer", tag: 2, error: null, d: { msgId: "c" } }]);
  assert.deepEqual(of(hears({ re: chat.id, ok: true, d: {} }), "answer"), [], "once");
  const lost = of(step("closed", { code: 1006 }), "answer");
  assert.deepEqual(lost.map(({ tag, error }) => [tag, error.code]), [[1, "disconnected"]]);
  assert.equal(of(step("ask", { t: "ctl.play", tag: 3 }), "answer")[0].error.code, "disconnected");
  const refused = inside();
  const [ask] = sent(refused.step("ask", { t: "ctl.play", tag: 4 }));
  assert.equal(of(refused.hears({ re: ask.id, err: { code: "not_allowed", title: "no" } }), "answer")[0].error.code, "not_allowed");
  assert.equal("id" in sent(refused.step("ask", { t: "ready", d: { rev: 3 } }))[0], false, "what needs no answer has no number");
});

test("leaving says so and ends everything", () => {
  const { step, machine } = inside();
  const left = step("stop");
  assert.deepEqual(sent(left), [{ t: "leave" }]);
  assert.equal(of(left, "status")[0].status, "ended");
  assert.deepEqual(step("closed", { code: 1000 }), []);
  assert.equal(machine.state, "ended");
});

test("what cannot be read is passed over", () => {
  const { step, hears } = inside();
  for (const text of ["", "{", "null", "7", '"x"']) assert.deepEqual(step("message", { text }).filter((action) => action.do !== "timer"), [], text);
  assert.deepEqual(of(hears({ re: 999, ok: true, d: {} }), "answer"), []);
});
