// Texts of users that are written to keep a browser busy: what reads them takes time in proportion to their length.

import assert from "node:assert/strict";
import test from "node:test";
import { titleFromFileName } from "../../web/js/messages/titles.js";
import { cuesOf, matches, parseCues } from "../../web/js/player/captions/vtt-cues.js";
import { chaptersIn } from "../../web/js/player/chapters.js";
import { parseStoryboard } from "../../web/js/player/controls/vtt.js";
import { parseTime, timeInAddress } from "../../web/js/player/start-time.js";
import { guestName } from "../../web/js/room/protocol/names.js";
import { richText } from "../../web/js/videos/rich-text.js";
import "./support/messages.js";

const cue = (text) => `WEBVTT\n\n00:00.000 --> 00:01.000\n${text}\n`;

// Each makes a text of about so many characters.
const readers = {
  chapters: [chaptersIn, { blanks: (n) => `0:00${" ".repeat(n)}`, separated: (n) => `0:00${" ".repeat(n)}x\u2028`, stamps: (n) => "0:00 ".repeat(n / 5), digits: (n) => "0".repeat(n), lines: (n) => "0:00 a\n".repeat(n / 7) }],
  description: [
    (text) => richText(text, 1e9),
    {
      closing: (n) => `https://a.b/${")]}".repeat(n / 3)}`,
      both: (n) => `https://a.b/${"(".repeat(n / 2)}${")".repeat(n / 2)}`,
      stops: (n) => `https://a.b/${".".repeat(n)}`,
      schemes: (n) => "http://".repeat(n / 7),
      refused: (n) => "http://a@b ".repeat(n / 11),
      times: (n) => "0:00 ".repeat(n / 5),
      colons: (n) => "1:".repeat(n / 2),
    },
  ],
  captions: [
    (text) => [parseCues(text), cuesOf(text)],
    {
      tags: (n) => cue("<".repeat(n)),
      references: (n) => cue(`&${"a".repeat(n)}`),
      ampersands: (n) => cue("&".repeat(n)),
      blanks: (n) => cue(`a${" ".repeat(n)}b`),
      returns: (n) => "\r".repeat(n),
      separators: (n) => `${"\u2028".repeat(n)}1`,
      arrows: (n) => "-->".repeat(n / 3),
      digits: (n) => `${"1".repeat(n)}\n`,
      "blanks before a time": (n) => `${" ".repeat(n)}1`,
      "blanks before an arrow": (n) => `1:00:00,000${" ".repeat(n)}-`,
      "blanks after an arrow": (n) => `1:00:00,000 -->${" ".repeat(n)}-`,
    },
  ],
  storyboard: [(text) => parseStoryboard(text, "https://a.b/"), { blanks: (n) => cue(" ".repeat(n)), colons: (n) => cue("#xywh=".repeat(n / 6)), lines: (n) => "\n".repeat(n) }],
  search: [(words) => matches([{ text: words }], words), { letters: (n) => "a".repeat(n), blanks: (n) => " ".repeat(n) }],
  time: [(text) => [parseTime(text), timeInAddress({ search: `?t=${text}`, hash: `#t=${text}` })], { digits: (n) => `${"1".repeat(n)}x`, points: (n) => "1.".repeat(n / 2), commas: (n) => ",".repeat(n), blanks: (n) => `1${" ".repeat(n)}x` }],
  name: [guestName, { blanks: (n) => " ".repeat(n), letters: (n) => `${"a ".repeat(n / 2)}`, marks: (n) => "\u0301".repeat(n) }],
  file: [titleFromFileName, { folders: (n) => "/".repeat(n), points: (n) => ".a".repeat(n / 2), blanks: (n) => `a${" _".repeat(n / 2)}a`, dashes: (n) => "a-".repeat(n / 2) }],
};

/** Milliseconds of processor time, the least of some tries. */
function cost(run) {
  const once = () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  return Math.min(...Array.from({ length: 4 }, once));
}

// Twice the text may cost twice as much: four times for a square, eight times for a cube. Shorter than `worth`, nobody waits.
const most = 3;
const worth = 20;

/** Doubles a text up to 80,000 characters, so that what grows too fast is found while it is bearable. */
function assertProportional(read, make, name) {
  let before = Infinity;
  for (let length = 625; length <= 80_000; length *= 2) {
    const text = make(length);
    const now = cost(() => read(text));
    assert.ok(now < worth || now < most * before, `${name}: ${before} ms became ${now} ms with ${length} characters`);
    before = Math.max(now, worth / most / 2);
  }
}

for (const [name, [read, texts]] of Object.entries(readers)) {
  test(`hostile texts: ${name}`, () => {
    for (const [kind, make] of Object.entries(texts)) assertProportional(read, make, `${name}, ${kind}`);
  });
}
