import assert from "node:assert/strict";
import test from "node:test";
import { bitrate, bytes, percent, speed } from "../../web/js/format/bytes.js";
import { ago, clock, date, remaining, spoken, within } from "../../web/js/format/time.js";
import { inLanguage } from "./support/messages.js";

const table = (name, run, rows) => test(name, () => rows.forEach(([input, output]) => assert.equal(run(input), output, String(input))));

table("clock", clock, [
  [0, "0:00"], [9.99, "0:09"], [83, "1:23"], [3599.9, "59:59"], [3600, "1:00:00"], [36_061, "10:01:01"], [-4, "0:00"], [NaN, "0:00"], [Infinity, "0:00"],
]);
table("spoken", spoken, [[0, "0 seconds"], [1, "1 second"], [61, "1 minute 1 second"], [7322, "2 hours 2 minutes 2 seconds"], [NaN, "0 seconds"]]);
table("remaining", remaining, [
  [NaN, ""], [-1, ""], [2, "a few seconds left"], [12, "15 sec left"], [60, "about 1 min left"], [170, "about 3 min left"], [5400, "about 1.5 hr left"], [Infinity, ""],
]);
table("bytes", bytes, [
  [0, "0 B"], [999, "999 B"], [1000, "1.0 kB"], [1_536_000, "1.5 MB"], [99_960_000, "100 MB"], [999_950_000, "1.0 GB"], [2.5e12, "2.5 TB"], [NaN, ""], [-1, ""],
]);
table("speed", speed, [[12_300_000, "12.3 MB/s"], [NaN, ""]]);
table("bitrate", bitrate, [[1_800_000, "1.8 Mbit/s"], [128_000, "128 kbit/s"], [0, ""], [undefined, ""]]);
table("percent never says 100 too early", percent, [[0, "0%"], [0.29, "29%"], [0.999, "99%"], [1, "100%"], [2, "100%"], [NaN, "0%"]]);

test("ago", () => {
  const now = Date.parse("2026-01-10T12:00:00.000Z");
  assert.equal(ago("2026-01-10T11:59:50.000Z", now), "just now");
  assert.equal(ago("2026-01-10T11:57:00.000Z", now), "3 minutes ago");
  assert.equal(ago("2026-01-10T11:00:00.000Z", now), "1 hour ago");
  assert.equal(ago("2026-01-08T11:00:00.000Z", now), "2 days ago");
  assert.equal(ago("2026-01-10T12:00:30.000Z", now), "just now", "a clock that is a little ahead");
  assert.equal(ago("nonsense", now), "");
  assert.equal(ago(undefined, now), "");
});

table("within", within, [[1, "in 1 second"], [4.2, "in 5 seconds"], [3600, "in 60 minutes"]]);

test("a date is written out, and nonsense is empty", () => {
  assert.match(date("2026-01-10T12:00:00.000Z"), /January (9|10|11), 2026/);
  assert.equal(date("nonsense"), "");
  assert.equal(date(undefined), "");
});

test("sizes, times and dates follow the language", () => {
  const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ");
  const now = Date.parse("2026-01-10T12:00:00.000Z");
  const all = () => [bytes(500), bytes(1_536_000), speed(12_300_000), bitrate(1_800_000), percent(0.42), spoken(7322), remaining(170), ago(now - 120_000, now), within(5)].map(plain);
  assert.deepEqual(inLanguage("de", all), ["500 B", "1,5 MB", "12,3 MB/s", "1,8 Mbit/s", "42 %", "2 Stunden 2 Minuten 2 Sekunden", "noch etwa 3 Min.", "vor 2 Minuten", "in 5 Sekunden"]);
  assert.deepEqual(inLanguage("ru", all), ["500 Б", "1,5 МБ", "12,3 МБ/с", "1,8 Мбит/с", "42 %", "2 часа 2 минуты 2 секунды", "осталось около 3 мин", "2 минуты назад", "через 5 секунд"]);
  assert.deepEqual(inLanguage("es", all), ["500 B", "1,5 MB", "12,3 MB/s", "1,8 Mbit/s", "42 %", "2 horas 2 minutos 2 segundos", "tiempo restante: unos 3 min", "hace 2 minutos", "dentro de 5 segundos"]);
  assert.match(inLanguage("de", () => date("2026-01-10T12:00:00.000Z")), /(9|10|11)\. Januar 2026/);
  assert.match(inLanguage("ru", () => date("2026-01-10T12:00:00.000Z")), /(9|10|11) января 2026/);
});
