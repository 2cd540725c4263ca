import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { has } from "../../web/js/i18n/translate.js";
import { uploadView } from "../../web/js/uploads/upload-view.js";
import { rowView } from "../../web/js/videos/row-view.js";
import { problemSentence } from "../../web/js/messages/problems.js";
import { failureSentence, rejectionSentence } from "../../web/js/messages/rejections.js";
import { bestQuality, isAudioOnly } from "../../web/js/http/video-facts.js";
import { progressOf, stagesOf } from "../../web/js/messages/states.js";
import { titleFromFileName } from "../../web/js/messages/titles.js";
import { inLanguage, messagesOf } from "./support/messages.js";

/** The codes of a Swift enum with String raw values. */
function codes(enumName) {
  const source = readFileSync(new URL("../../Sources/MediaModel/Source/RejectionCode.swift", import.meta.url), "utf8");
  const body = source.split(`enum ${enumName}`)[1].split("\n}")[0];
  return [...body.matchAll(/case (\w+)(?: = "(\w+)")?/g)].map(([, name, raw]) => raw ?? name);
}

test("every rejection and failure of the server has a sentence of its own", () => {
  assert.ok(codes("RejectionCode").length >= 10);
  for (const code of codes("RejectionCode")) assert.ok(has(`rejections.${code}`), code);
  const general = failureSentence("internal");
  for (const code of codes("FailureCode")) if (code !== "internal") assert.notEqual(failureSentence(code), general, code);
  assert.match(rejectionSentence("something_new"), /\w/);
});

test("sentences for problems belong to codes that there are", () => {
  const source = readFileSync(new URL("../../Sources/API/Errors/ProblemCode.swift", import.meta.url), "utf8");
  const server = [...source.matchAll(/^    case (\w+)(?: = "(\w+)")?$/gm)].map(([, name, raw]) => raw ?? name);
  const page = ["unreachable", "not_json", "file_unreadable", "offset_out_of_range"];
  const { code, limit, advice } = messagesOf("en").problems;
  for (const one of [code, limit, advice].flatMap(Object.keys)) assert.ok(server.includes(one) || page.includes(one), one);
  assert.deepEqual(Object.keys(limit), Object.keys(advice));
});

test("a page in another language does not quote the server's English", () => {
  const limit = { status: 403, code: "quota_exceeded", detail: "There may be 3 videos." };
  const rejected = { id: "v", state: "rejected", rejection: { code: "truncated", detail: "No index." } };
  const said = () => [problemSentence(limit), problemSentence({ status: 422, code: "new_one", detail: "D." }), problemSentence({ status: 418, title: "T" }), rowView({ video: rejected, item: null }).message];
  assert.deepEqual(said().map((text) => /There may|^D\.$|^T$|No index/.test(text)), [true, true, true, true]);
  assert.deepEqual(inLanguage("de", said).map((text) => /There may|D\.|T$|No index/.test(text)), [false, false, false, false]);
});

test("titles from file names", () => {
  const rows = [["My_trip-2024.final.MOV", "My trip 2024.final"], ["C:\\clips\\a.mp4", "a"], [".mp4", ".mp4"], ["", "Untitled"], ["no-extension", "no extension"]];
  for (const [name, title] of rows) assert.equal(titleFromFileName(name), title);
  assert.equal(titleFromFileName("x".repeat(500)).length, 200);
});

test("stages are read in every shape that they may have", () => {
  const shapes = [{ upload: 1, probe: 0.5 }, { upload: { progress: 1 }, probe: { progress: 0.5 } }, { upload: "done", probe: { state: "running", progress: 0.5 } }];
  for (const stages of shapes) {
    assert.deepEqual(stagesOf({ stages }).map(({ key, progress, active }) => [key, progress, active]), [["upload", 1, false], ["probe", 0.5, true]]);
  }
  assert.deepEqual(stagesOf({ stages: { upload: 1, audio: null, images: "skipped" } }).map(({ key }) => key), ["upload"]);
  assert.deepEqual(stagesOf({}), []);
  const waiting = stagesOf({ stages: { upload: 1, probe: 0, encode: 0 } });
  assert.deepEqual(waiting.map(({ active }) => active), [false, true, false], "encoding waits for the check");
});

test("qualities and kinds", () => {
  assert.equal(bestQuality({ renditions: [{ width: 608, height: 1080 }, { width: 360, height: 640 }] }), "608p");
  assert.equal(bestQuality({ renditions: [{ width: null, height: null }] }), "");
  assert.ok(isAudioOnly({ renditions: [{ width: 0, height: 0 }] }));
  assert.ok(!isAudioOnly({ renditions: [] }), "not known yet");
  assert.deepEqual([progressOf({ state: "ready" }), progressOf({ progress: 0.4 }), progressOf({ progress: "x" }), progressOf(null)], [1, 0.4, 0, 0]);
});

const states = ["draft", "uploading", "processing", "playable", "ready", "rejected", "failed", "blocked", "something_new"];

test("a row for every state", () => {
  for (const state of states) {
    const view = rowView({ video: { id: "vid_1", title: "T", state }, item: null });
    assert.ok(view.label.length > 0 && Array.isArray(view.actions) && typeof view.message === "string", state);
    assert.equal(view.watchUrl !== null, ["processing", "playable", "ready", "rejected", "failed", "blocked"].includes(state), state);
    assert.equal(view.advice !== "", ["rejected", "failed"].includes(state), state);
  }
  const blocked = rowView({ video: { id: "v", state: "blocked", block: { reason: "Rights of others.", at: "" } }, item: null });
  assert.match(blocked.message, /blocked.*Rights of others\./);
  const rejected = rowView({ video: { id: "v", state: "rejected", rejection: { code: "truncated", detail: "No index." } }, item: null });
  assert.match(rejected.message, /incomplete.*No index\./);
  assert.equal(rejected.code, "truncated");
  const failed = (code) => rowView({ video: { id: "v", state: "failed", failure: { code, detail: "" } }, item: null }).advice;
  assert.match(failed("cancelled"), /^Ask the operator/);
  assert.match(failed("child_crashed"), /^Upload the file again/);
});

test("an unfinished upload says how to go on", () => {
  const video = { id: "v", state: "uploading", stages: { upload: 0.43 } };
  assert.match(rowView({ video, item: null, remembered: true }).message, /43%.*same file/);
  assert.match(rowView({ video, item: null }).message, /another browser/);
  assert.match(rowView({ video: { ...video, stages: { upload: 0 } }, item: null }).message, /has not arrived/);
});

test("an upload in words", () => {
  const rate = { bytesPerSecond: 1e6, secondsTo: () => 60 };
  const item = (state, more = {}) => ({ phase: "running", file: { size: 1e8 }, upload: { state: { size: 1e8, sent: 4e7, offset: 0, ...state }, rate, retryIn: 3.2 }, ...more });
  assert.equal(uploadView(item({ phase: "sending" })).text, "40.0 MB of 100 MB · 1.0 MB/s · about 1 min left");
  assert.match(uploadView(item({ phase: "waiting", attempt: 1, problem: { status: 0 } })).note, /connection was lost.*4 s/);
  assert.equal(uploadView(item({ phase: "waiting", attempt: 1, problem: { status: 423 } })).label, "Resuming");
  assert.deepEqual(uploadView(item({ phase: "paused" })).actions, ["resume", "cancel"]);
  assert.deepEqual(uploadView(item({ phase: "failed", needs: "signin", problem: { status: 401 } })).actions, ["signin", "cancel"]);
  assert.match(uploadView(item({ phase: "failed", problem: { status: 413 } })).note, /larger/);
  assert.match(uploadView({ phase: "failed", file: { size: 1 }, problem: { status: 0, code: "unreachable" }, upload: null }).note, /reached/);
  assert.deepEqual(uploadView({ phase: "queued", file: { size: 1 }, upload: null }).actions, ["cancel"]);
});
