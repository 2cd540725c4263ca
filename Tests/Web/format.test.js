import assert from "node:assert/strict";
import test from "node:test";
import { bitrate, bytes, percent, speed } from "../../web/js/format/bytes.js";
import { ago, clock, remaining, spoken } from "../../web/js/format/time.js";

const table = (name, run, rows) => test(name, () => rows.forEach(([input, output]) => assert.equal(run(input), output, String(input))));

table("clock", clock, [
  [0, "0:00"], [9.99, "0:09"], [83, "1:23"], [3599.9, "59:59"], [3600, "1:00:00"], [36_061, "10:01:01"], [-4, "0:00"], [NaN, "0:00"], [Infinity, "0:00"],
]);
table("spoken", spoken, [[0, "0 seconds"], [1, "1 second"], [61, "1 minute 1 second"], [7322, "2 hours 2 minutes 2 seconds"], [NaN, "0 seconds"]]);
table("remaining", remaining, [
  [NaN, ""], [-1, ""], [2, "a few seconds left"], [12, "15 s left"], [60, "about 1 min left"], [170, "about 3 min left"], [5400, "about 1.5 h left"], [Infinity, ""],
]);
table("bytes", bytes, [
  [0, "0 B"], [999, "999 B"], [1000, "1.0 kB"], [1_536_000, "1.5 MB"], [99_960_000, "100 MB"], [999_950_000, "1.0 GB"], [2.5e12, "2.5 TB"], [NaN, ""], [-1, ""],
]);
table("speed", speed, [[12_300_000, "12.3 MB/s"], [NaN, ""]]);
table("bitrate", bitrate, [[1_800_000, "1.8 Mbit/s"], [128_000, "128 kbit/s"], [0, ""], [undefined, ""]]);
table("percent never says 100 too early", percent, [[0, "0 %"], [0.29, "29 %"], [0.999, "99 %"], [1, "100 %"], [2, "100 %"], [NaN, "0 %"]]);

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
