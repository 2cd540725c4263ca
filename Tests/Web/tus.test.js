import assert from "node:assert/strict";
import test from "node:test";
import { attemptLimit, retryDelay, verdict } from "../../web/js/tus/backoff.js";
import { fingerprint } from "../../web/js/tus/fingerprint.js";
import { initialState, step } from "../../web/js/tus/machine.js";
import { UploadMemory } from "../../web/js/tus/memory.js";
import { base64, encodeMetadata } from "../../web/js/tus/metadata.js";
import { RateMeter } from "../../web/js/tus/rate.js";

test("metadata is base64 of UTF-8", () => {
  assert.equal(base64("Grüße 🎬"), Buffer.from("Grüße 🎬").toString("base64"));
  assert.equal(encodeMetadata({ videoId: "vid_1", filename: "a b.mov", filetype: "" }), "videoId dmlkXzE=,filename YSBiLm1vdg==");
  assert.throws(() => encodeMetadata({ "a b": "x" }), TypeError);
});

test("what an answer means", () => {
  const rows = [
    ["PATCH", 204, "ok"], ["POST", 201, "ok"], ["PATCH", 0, "retry"], ["PATCH", 409, "check"], ["POST", 409, "fatal"], ["HEAD", 423, "retry"],
    ["PATCH", 503, "retry"], ["PATCH", 507, "fatal"], ["POST", 401, "signin"], ["HEAD", 401, "signin"], ["HEAD", 404, "restart"], ["PATCH", 410, "restart"],
    ["POST", 404, "fatal"], ["POST", 413, "fatal"], ["PATCH", 400, "fatal"], ["HEAD", 403, "fatal"], ["POST", 429, "retry"],
  ];
  for (const [method, status, meaning] of rows) assert.equal(verdict(method, status), meaning, `${method} ${status}`);
});

test("delays grow, are bounded, and respect Retry-After", () => {
  let last = 0;
  for (let attempt = 1; attempt < 20; attempt += 1) {
    const delay = retryDelay(attempt, 0.5);
    assert.ok(delay >= last && delay <= 30_000);
    last = delay;
  }
  assert.equal(retryDelay(1, 0), 400);
  assert.equal(retryDelay(1, 1), 600);
  assert.equal(retryDelay(1, 0.5, 20), 20_000);
  assert.equal(retryDelay(7, 0.5, 1), 30_000);
});

/** Feeds events to the machine; returns the last state and all commands' kinds. */
function play(events, state = initialState({ size: 100 })) {
  const kinds = [];
  for (const event of events) {
    const [next, command] = step(state, event);
    state = next;
    kinds.push(command.kind);
  }
  return { state, kinds };
}
const started = [{ type: "start" }, { type: "created", url: "u", offset: 0 }];

test("from nothing to done", () => {
  const { state, kinds } = play([...started, { type: "progress", bytes: 30 }, { type: "accepted", offset: 60 }, { type: "accepted", offset: 100 }]);
  assert.deepEqual(kinds, ["create", "patch", "none", "patch", "none"]);
  assert.equal(state.phase, "done");
});

test("an upload begun before asks for the offset first", () => {
  const { state, kinds } = play([{ type: "start" }, { type: "offset", offset: 40 }], initialState({ size: 100, url: "u" }));
  assert.deepEqual(kinds, ["head", "patch"]);
  assert.deepEqual([state.offset, state.sent], [40, 40]);
});

test("an upload that was complete already is done", () => {
  assert.equal(play([{ type: "start" }, { type: "offset", offset: 100 }], initialState({ size: 100, url: "u" })).state.phase, "done");
});

test("a break waits, then asks where the server stands", () => {
  const { state, kinds } = play([...started, { type: "fault", method: "PATCH", status: 0 }, { type: "timer" }, { type: "offset", offset: 10 }]);
  assert.deepEqual(kinds.slice(2), ["wait", "head", "patch"]);
  assert.equal(state.attempt, 0, "progress was made");
});

test("the network's return ends the wait", () => {
  assert.deepEqual(play([...started, { type: "fault", method: "PATCH", status: 0 }, { type: "online" }]).kinds.at(-1), "head");
});

test("a wrong offset is asked for at once; forever wrong is given up", () => {
  assert.equal(play([...started, { type: "fault", method: "PATCH", status: 409 }]).kinds.at(-1), "head");
  const events = [...started];
  for (let i = 0; i <= attemptLimit; i += 1) events.push({ type: "fault", method: "PATCH", status: 409 }, { type: "offset", offset: 0 });
  assert.equal(play(events).state.phase, "failed");
});

test("a server that stays away is given up, and can be tried again", () => {
  const events = [...started];
  for (let i = 0; i <= attemptLimit; i += 1) events.push({ type: "fault", method: "HEAD", status: 503 }, { type: "timer" });
  const { state } = play(events);
  assert.equal(state.phase, "failed");
  assert.deepEqual(play([{ type: "resume" }], state).kinds, ["head"]);
});

test("an upload that is gone is begun anew, but not without end", () => {
  const gone = [{ type: "fault", method: "HEAD", status: 404 }, { type: "created", url: "v", offset: 0 }, { type: "fault", method: "PATCH", status: 410 }];
  const { state, kinds } = play([{ type: "start" }, ...gone], initialState({ size: 100, url: "u" }));
  assert.deepEqual(kinds, ["head", "create", "patch", "create"]);
  assert.equal(play([{ type: "created", url: "w", offset: 0 }, { type: "fault", method: "PATCH", status: 404 }], state).state.phase, "failed");
});

test("a session that ran out loses nothing", () => {
  const { state } = play([{ type: "start" }, { type: "fault", method: "HEAD", status: 401 }], initialState({ size: 100, url: "u" }));
  assert.deepEqual([state.phase, state.needs, state.url], ["failed", "signin", "u"]);
});

test("pause keeps what was sent in sight; resume asks", () => {
  const { state, kinds } = play([...started, { type: "progress", bytes: 30 }, { type: "pause" }]);
  assert.deepEqual([state.phase, state.offset, state.sent, kinds.at(-1)], ["paused", 0, 30, "abort"]);
  assert.deepEqual(play([{ type: "progress", bytes: 99 }, { type: "accepted", offset: 50 }, { type: "fault", method: "PATCH", status: 0 }], state).state, state, "late news");
  assert.deepEqual(play([{ type: "resume" }], state).kinds, ["head"]);
});

test("cancel terminates what exists, and then nothing moves any more", () => {
  const { state, kinds } = play([...started, { type: "cancel" }]);
  assert.deepEqual([state.phase, kinds.at(-1)], ["cancelled", "terminate"]);
  assert.deepEqual(play([{ type: "resume" }, { type: "accepted", offset: 9 }], state), { state, kinds: ["none", "none"] });
});

test("offsets that cannot be are refused", () => {
  for (const offset of [101, -1, 1.5, NaN]) {
    assert.equal(play([{ type: "start" }, { type: "offset", offset }], initialState({ size: 100, url: "u" })).state.phase, "failed");
  }
  assert.equal(play([...started, { type: "accepted", offset: 0 }]).state.phase, "waiting", "no progress is a fault, not a loop");
});

test("the rate meter", () => {
  const meter = new RateMeter(1000);
  assert.equal(meter.bytesPerSecond, null);
  for (let t = 0; t <= 5000; t += 100) meter.sample(t * 2, t);
  assert.equal(meter.bytesPerSecond, 2000);
  assert.equal(meter.secondsTo(12_000), 1);
  meter.sample(0, 5100);
  assert.equal(meter.bytesPerSecond, null, "a resumed upload starts the window anew");
});

class FakeStorage {
  map = new Map();
  get length() {
    return this.map.size;
  }
  key = (i) => [...this.map.keys()][i] ?? null;
  getItem = (key) => this.map.get(key) ?? null;
  setItem = (key, value) => void this.map.set(key, value);
  removeItem = (key) => void this.map.delete(key);
}

test("memory forgets what has expired and survives rubbish", () => {
  const storage = new FakeStorage();
  let now = 1000;
  const memory = new UploadMemory(storage, () => now);
  memory.remember("a", { url: "u", videoId: "v1", expires: 2000 });
  memory.remember("b", { url: null, videoId: "v2" });
  storage.setItem("videohost.upload.c", "{broken");
  storage.setItem("something else", "1");
  assert.equal(memory.all().length, 2);
  assert.equal(memory.ofVideo("v2").print, "b");
  now = 2000;
  assert.equal(memory.recall("a"), null);
  assert.deepEqual(memory.all().map(({ print }) => print), ["b"]);
  memory.forget("b");
  assert.deepEqual([...storage.map.keys()], ["something else"]);
});

test("memory without storage is no memory, and no error", () => {
  const refuse = () => {
    throw new Error("forbidden");
  };
  const memory = new UploadMemory({ get length() { return refuse(); }, key: refuse, getItem: () => null, setItem: refuse, removeItem: refuse });
  memory.remember("a", { videoId: "v" });
  memory.forget("a");
  assert.equal(memory.recall("a"), null);
  assert.deepEqual(memory.all(), []);
});

test("fingerprints tell files and users apart", () => {
  const file = { name: "a|b.mov", size: 5, lastModified: 7, type: "video/quicktime" };
  assert.equal(fingerprint(file, "mara"), fingerprint({ ...file }, "mara"));
  const others = [{ ...file, size: 6 }, { ...file, name: "a" }, { ...file, lastModified: 8 }].map((one) => fingerprint(one, "mara"));
  assert.equal(new Set([fingerprint(file, "mara"), fingerprint(file, "jo"), ...others]).size, 5);
});
