import assert from "node:assert/strict";
import test from "node:test";
import { captionEntries, toggled, trackIn } from "../../web/js/player/captions/caption-choice.js";
import { actionFor } from "../../web/js/player/controls/keys.js";
import { limited } from "../../web/js/player/sources/cue-limit.js";
import { addMissing, chosenTrack, listed, showTrack, showing } from "../../web/js/player/sources/text-tracks.js";
import "./support/messages.js";

const tracks = [
  { label: "English", language: "en" },
  { label: "English signs", language: "en", forced: true },
  { label: "", language: "pt-BR" },
  { label: "", language: "" },
];

test("the menu has Off and every track that is not forced", () => {
  assert.deepEqual(
    captionEntries(tracks).map(({ index, label }) => [index, label]),
    [[-1, "Off"], [0, "English"], [2, "pt-BR"], [3, "Subtitles"]],
  );
  assert.equal(captionEntries([]).length, 1);
});

test("a language is found by its tag, else by its first part", () => {
  assert.equal(trackIn("EN", tracks), 0);
  assert.equal(trackIn("en-GB", tracks), 0);
  assert.equal(trackIn("pt", tracks), 2);
  assert.equal(trackIn("pt-PT", [{ language: "pt-BR" }, { language: "pt-PT" }]), 1);
  for (const none of ["", undefined, "fr"]) assert.equal(trackIn(none, tracks), -1);
  assert.equal(trackIn("en", [{ language: "en", forced: true }]), -1);
});

test("the button turns off what shows, and on what was used last, then the reader's own, then the first", () => {
  assert.equal(toggled(2, tracks, ["en"]), -1);
  assert.equal(toggled(-1, tracks, ["pt", "en"]), 2);
  assert.equal(toggled(-1, tracks, ["fr", "en-US"]), 0);
  assert.equal(toggled(-1, tracks, []), 0);
  assert.equal(toggled(-1, [], ["en"]), -1);
  assert.equal(toggled(-1, [{ language: "en", forced: true }], ["en"]), -1);
});

test("C turns subtitles on and off, but not while somebody types", () => {
  assert.deepEqual(actionFor({ key: "c" }), ["captions"]);
  assert.equal(actionFor({ key: "c" }, "text"), null);
  assert.equal(actionFor({ key: "c", ctrlKey: true }), null, "that copies");
});

test("the browser's own tracks: others than captions are left alone, missing ones are added", () => {
  const made = [];
  globalThis.document = { createElement: (name) => ({ name }) };
  const video = { textTracks: [{ kind: "metadata", mode: "hidden" }], append: (track) => made.push(track) };
  addMissing(video, [{ language: "de", label: "<b>", url: "/v1/videos/vid/captions/de" }]);
  assert.deepEqual(made, [{ name: "track", kind: "subtitles", srclang: "de", label: "<b>", src: "/v1/videos/vid/captions/de" }]);
  video.textTracks.push({ kind: "subtitles", mode: "disabled", label: "A", language: "en" }, { kind: "captions", mode: "disabled", label: "B", language: "de" });
  addMissing(video, [{ language: "fr" }]);
  assert.equal(made.length, 1);
  assert.deepEqual(listed(video).map(({ label }) => label), ["A", "B"]);
  assert.equal(showing(video), -1);
  showTrack(video, 1);
  assert.equal(showing(video), 1);
  assert.deepEqual(video.textTracks.map(({ mode }) => mode), ["hidden", "disabled", "hidden"], "the browser itself draws none");
  assert.equal(chosenTrack(video).label, "B");
  showTrack(video, -1);
  assert.equal(showing(video), -1);
});

test("of a segment the browser gets so many cues as somebody can read", () => {
  const added = [];
  class Controller {
    _appendCues(cues, level) {
      added.push([cues.length, level]);
    }
  }
  const controller = new (limited(Controller))();
  controller._appendCues(Array.from({ length: 20_000 }), 1);
  controller._appendCues([{}], 2);
  assert.deepEqual(added, [[200, 1], [1, 2]]);
});
