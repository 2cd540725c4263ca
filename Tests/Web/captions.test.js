import assert from "node:assert/strict";
import test from "node:test";
import { captionEntries, toggled, trackIn } from "../../web/js/player/captions/caption-choice.js";
import { actionFor } from "../../web/js/player/controls/keys.js";
import { limited } from "../../web/js/player/sources/cue-limit.js";
import { addMissing, chosenTrack, listed, showTrack, showing } from "../../web/js/player/sources/text-tracks.js";
import { trackName } from "../../web/js/i18n/language-name.js";
import { captionText } from "../../web/js/videos/caption-file.js";
import { inLanguage } from "./support/messages.js";

const tracks = [
  { label: "English", language: "en" },
  { label: "English signs", language: "en", forced: true },
  { label: "", language: "pt-BR" },
  { label: "", language: "" },
];

test("the menu has Off and every track that is not forced", () => {
  assert.deepEqual(
    captionEntries(tracks).map(({ index, label }) => [index, label]),
    [[-1, "Off"], [0, "English"], [2, "Brazilian Portuguese"], [3, "Subtitles"]],
  );
  assert.equal(captionEntries([]).length, 1);
});

test("a track without a name of its own has that of its language, in the page's", () => {
  const names = (language) => [["German", "de"], ["de", "de"], ["", "de"], ["German (signs)", "de"], ["Deutsch", "de"], ["Subtitles", "und"], ["", ""], [undefined, undefined]].map(([name, tag]) => trackName(name, tag, language));
  assert.deepEqual(names("es"), ["alemán", "alemán", "alemán", "German (signs)", "Deutsch", "Subtitles", "", ""]);
  assert.deepEqual(names("en"), ["German", "German", "German", "German (signs)", "Deutsch", "Subtitles", "", ""]);
  assert.equal(trackName("", "not a tag", "en"), "not a tag");
  inLanguage("de", () => assert.deepEqual(captionEntries([{ label: "English", language: "en" }]).map(({ label }) => label), ["Aus", "Englisch"]));
});

test("files in UTF-8, Windows-1252 and UTF-16 are read", () => {
  const words = "1\r\n00:00:01,000 --> 00:00:02,000\r\nGrüße, déjà vu\r\n";
  // Node 20 reads Windows-1252 as Latin-1: quotation marks are tried in a browser, in test_start_watch.py.
  const latin = Uint8Array.from(words, (letter) => letter.charCodeAt(0));
  const wide = (little) => {
    const view = new DataView(new ArrayBuffer(2 + words.length * 2));
    for (const [at, letter] of ["\uFEFF", ...words].entries()) view.setUint16(at * 2, letter.charCodeAt(0), little);
    return new Uint8Array(view.buffer);
  };
  const cases = [[new TextEncoder().encode(words), ""], [new TextEncoder().encode(`\uFEFF${words}`), ""], [latin, "Windows-1252"], [wide(true), "UTF-16"], [wide(false), "UTF-16"]];
  for (const [bytes, encoding] of cases) assert.deepEqual(captionText(bytes), { text: words, encoding });
  assert.deepEqual(captionText(new Uint8Array()), { text: "", encoding: "" });
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
