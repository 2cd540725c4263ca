// An embedded player: what its address asks for, and the messages of the page around it.

import assert from "node:assert/strict";
import test from "node:test";
import { FrameLink } from "../../web/js/embed/frame-link.js";
import { optionsIn } from "../../web/js/embed/options.js";
import { Player } from "../../web/js/player/player.js";
import { answer, message, readMessage } from "../../web/js/embed/protocol.js";

test("options of the address", () => {
  const plain = { autoplay: false, muted: false, loop: false, controls: true, origin: null };
  assert.deepEqual(optionsIn(""), plain);
  assert.deepEqual(optionsIn("?autoplay=1&muted=1&loop=true&controls=0"), { ...plain, autoplay: true, muted: true, loop: true, controls: false });
  assert.deepEqual(optionsIn("?autoplay=0&mute=1&controls=1"), { ...plain, muted: true });
  assert.equal(optionsIn("?origin=https://Example.org:443/page").origin, "https://example.org");
  for (const origin of ["", "example.org", "null", "data:text/plain,x", "*"]) assert.equal(optionsIn(`?origin=${origin}`).origin, "", `${origin} is no origin`);
});

test("only messages for players are read", () => {
  for (const data of [null, undefined, 1, "play", "{\"videohost\":1}", [], {}, { command: "play" }, message("play"), { videohost: 1 }, { videohost: 1, command: 5 }]) assert.equal(readMessage(data), null, JSON.stringify(data));
  assert.deepEqual(readMessage({ videohost: 1, command: "seek", value: 5, id: "a" }), { command: "seek", value: 5, id: "a", error: "" });
  assert.equal(readMessage({ videohost: 1, command: "play", id: {} }).id, null);
});

test("a command that cannot be carried out says why", () => {
  const error = (command, value, videohost = 1) => readMessage({ videohost, command, value }).error;
  for (const version of [0, 2, "1", null]) assert.equal(error("play", undefined, version), "unsupported_version", String(version));
  for (const command of ["", "stop", "constructor", "__proto__", "toString"]) assert.equal(error(command), "unknown_command", command);
  const bad = { seek: [undefined, null, "5", -1, NaN, Infinity], volume: [-0.1, 1.1, "1"], rate: [0, 5, NaN], loop: [undefined, 1, "true"] };
  for (const [command, values] of Object.entries(bad)) for (const value of values) assert.equal(error(command, value), "invalid_value", `${command} ${value}`);
  const good = { seek: [0, 1e6], volume: [0, 1], rate: [0.25, 4], loop: [true, false], play: [undefined], connect: [undefined] };
  for (const [command, values] of Object.entries(good)) for (const value of values) assert.equal(error(command, value), "", `${command} ${value}`);
});

test("an answer names its command, and what went wrong only if something did", () => {
  const command = { command: "play", id: 7 };
  assert.deepEqual(answer(command, "", { time: 1 }), { videohost: 1, event: "answer", id: 7, command: "play", ok: true, state: { time: 1 } });
  assert.deepEqual(answer(command, "blocked", { time: 1 }), { videohost: 1, event: "answer", id: 7, command: "play", ok: false, error: "blocked", state: { time: 1 } });
});

/** A video element as far as the player's commands use it; `set` changes it as its own controls would. */
class Video extends EventTarget {
  set(values) {
    Object.assign(this, values);
    for (const event of ["volumechange", "ratechange"]) this.dispatchEvent(new Event(event));
  }
}

test("what the page around the player sets is not stored, what the viewer sets is", () => {
  const store = new Map();
  globalThis.localStorage = { getItem: (key) => store.get(key) ?? null, setItem: (key, value) => store.set(key, value) };
  const stored = () => JSON.parse(store.get("videohost.player"));
  const video = new Video();
  const player = new Player({}, video);
  video.set({ volume: 0.8 });
  player.give({ volume: 0.25, muted: true });
  player.give({ rate: 2 });
  video.set({});
  assert.deepEqual([video.volume, video.muted, video.playbackRate], [0.25, true, 2]);
  assert.deepEqual(stored(), { volume: 0.8, muted: false, rate: 1 });
  video.set({ volume: 0.5 });
  assert.deepEqual(stored(), { volume: 0.5, muted: false, rate: 1 });
  video.set({ muted: false });
  video.set({ muted: true, playbackRate: 1.5 });
  assert.deepEqual(stored(), { volume: 0.5, muted: true, rate: 1.5 }, "what the viewer sets again is the viewer's");
  delete globalThis.localStorage;
});

test("a page that connects late is told that the video cannot be watched, until it can", async () => {
  const sent = [];
  const parent = { postMessage: (message) => sent.push(message.event) };
  const heard = new EventTarget();
  globalThis.window = { parent, addEventListener: (...all) => heard.addEventListener(...all) };
  const player = new EventTarget();
  const link = new FrameLink(player, null);
  const connect = async () => {
    heard.dispatchEvent(Object.assign(new Event("message"), { source: parent, origin: "https://a.example", data: { videohost: 1, command: "connect" } }));
    await new Promise(setImmediate);
    return sent.splice(0);
  };
  link.describe({ id: "vid_a", title: "A" });
  link.withdraw();
  link.withdraw();
  assert.deepEqual(await connect(), ["hello", "answer", "unavailable"]);
  link.withdraw();
  assert.deepEqual(await connect(), ["answer", "unavailable"], "told once, and to whom asks");
  player.dispatchEvent(new Event("ready"));
  assert.deepEqual(await connect(), ["ready", "answer", "ready"]);
  link.withdraw();
  assert.deepEqual(sent, ["unavailable"]);
  delete globalThis.window;
});
