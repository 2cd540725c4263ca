import assert from "node:assert/strict";
import test from "node:test";
import { ServerClock } from "../../web/js/room/protocol/clock.js";

/** An exchange with a server that is `ahead`; `up` and `down` are the ways there and back. */
const exchange = (t0, { ahead, up, down, work = 0 }) => ({ t0, t1: t0 + up + ahead, t2: t0 + up + work + ahead, t3: t0 + up + work + down });

test("nothing is known before the first exchange", () => {
  const clock = new ServerClock();
  assert.equal(clock.isKnown, false);
  assert.equal(clock.at(1000), 1000);
  assert.equal(clock.roundTrip, null);
});

test("the exchange with the shortest round trip is believed, whatever comes later", () => {
  const clock = new ServerClock();
  clock.add(exchange(0, { ahead: 5000, up: 150, down: 10 }));
  assert.equal(clock.offset, 5070, "an uneven way is an error of half the difference");
  clock.add(exchange(200, { ahead: 5000, up: 10, down: 12, work: 400 }));
  assert.equal(clock.offset, 4999, "the time at the server is no part of the way");
  assert.equal(clock.roundTrip, 22);
  clock.add(exchange(400, { ahead: 5000, up: 20, down: 90 }));
  assert.equal(clock.at(1000), 5999);
});

test("only the last eight count", () => {
  const clock = new ServerClock();
  clock.add(exchange(0, { ahead: 100, up: 1, down: 1 }));
  for (let n = 1; n < 8; n += 1) clock.add(exchange(n, { ahead: 300, up: 5, down: 5 }));
  assert.equal(clock.offset, 100);
  clock.add(exchange(8, { ahead: 300, up: 5, down: 5 }));
  assert.equal(clock.offset, 300);
});

test("of equal ones the newest, and nothing impossible", () => {
  const clock = new ServerClock();
  clock.add(exchange(0, { ahead: 100, up: 5, down: 5 }));
  clock.add(exchange(1, { ahead: 120, up: 5, down: 5 }));
  assert.equal(clock.offset, 120);
  clock.add({ t0: 1000, t1: 900, t2: 1000, t3: 1050 });
  clock.add({ t0: 1000, t1: undefined, t2: 1000, t3: 1050 });
  assert.equal(clock.offset, 120);
});

test("over another connection what is known holds until the first new exchange", () => {
  const clock = new ServerClock();
  clock.add(exchange(0, { ahead: 100, up: 1, down: 1 }));
  clock.restart();
  assert.ok(clock.isKnown);
  assert.equal(clock.offset, 100);
  clock.add(exchange(5, { ahead: 900, up: 50, down: 50 }));
  assert.equal(clock.offset, 900, "though its way is longer");
});
