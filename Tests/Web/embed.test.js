// An embedded player: what its address asks for, and the messages of the page around it.

import assert from "node:assert/strict";
import test from "node:test";
import { optionsIn } from "../../web/js/embed/options.js";
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
