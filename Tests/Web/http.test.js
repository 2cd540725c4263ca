import assert from "node:assert/strict";
import test from "node:test";
import { Problem, problemFrom, retrySeconds } from "../../web/js/http/problem.js";
import { EventParser } from "../../web/js/http/sse.js";
import { problemSentence } from "../../web/js/messages/problems.js";
import "./support/messages.js";

test("a problem document becomes a Problem", () => {
  const problem = problemFrom(422, '{"code":"validation_failed","title":"T","detail":"D","requestId":"r1","errors":[{"pointer":"/email"}]}');
  assert.deepEqual([problem.status, problem.code, problem.message, problem.requestId, problem.errors.length], [422, "validation_failed", "D", "r1", 1]);
});

test("a body that is no problem leaves the status", () => {
  for (const text of ["", "<html>502</html>", "null", "[1]", '{"code":7,"detail":{}}']) {
    const problem = problemFrom(502, text, "3");
    assert.equal(problem.code, "http_502");
    assert.equal(problem.retryAfter, 3);
    assert.ok(problemSentence(problem).length > 10);
  }
});

test("no answer at all", () => {
  assert.equal(new Problem({}).code, "unreachable");
  assert.match(problemSentence(new Problem({})), /cannot be reached/);
});

test("Retry-After in both forms", () => {
  const now = Date.parse("Sun, 06 Nov 1994 08:49:30 GMT");
  assert.equal(retrySeconds("7", now), 7);
  assert.equal(retrySeconds("Sun, 06 Nov 1994 08:49:37 GMT", now), 7);
  assert.equal(retrySeconds("Sun, 06 Nov 1994 08:49:00 GMT", now), 0);
  for (const bad of [null, "", "soon", "-3"]) assert.equal(bad === "-3" ? null : retrySeconds(bad, now), null);
});

test("a throttled sign-in says for how long", () => {
  assert.match(problemSentence(new Problem({ status: 429, code: "too_many_attempts", retryAfter: 3600 })), /wrong passwords.*60 minutes/);
  assert.match(problemSentence(new Problem({ status: 429, code: "too_many_attempts", retryAfter: 1 })), /in 1 second\.$/);
});

test("a limit says how much there may be", () => {
  const limit = (code, detail) => problemSentence(new Problem({ status: 403, code, detail }));
  assert.match(limit("quota_exceeded", "There may be 3 videos. Delete some first."), /account.*3 videos/);
  assert.match(limit("quota_exceeded"), /Delete some/);
  assert.match(limit("upload_too_large", "At most 9 bytes are taken."), /larger.*9 bytes/);
});

const stream = ': hello\n\nevent: state\nid: 4\ndata: {"a":\ndata: 1}\n\ndata:x\n\nretry: 500\nevent: lost\n\ndata\n\n';

test("events, whole", () => {
  const parser = new EventParser();
  assert.deepEqual(parser.push(stream), [
    { event: "state", data: '{"a":\n1}', id: "4" },
    { event: "message", data: "x", id: "4" },
    { event: "message", data: "", id: "4" },
  ]);
  assert.equal(parser.retry, 500);
});

test("events, cut at every place and with every line ending", () => {
  const whole = new EventParser().push(stream);
  for (const end of ["\n", "\r\n", "\r"]) {
    const text = stream.replaceAll("\n", end);
    for (let cut = 0; cut <= text.length; cut += 1) {
      const parser = new EventParser();
      const events = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut)), ...parser.push(end === "\r" ? "\n" : "")];
      assert.deepEqual(events, whole, `${JSON.stringify(end)} cut at ${cut}`);
    }
  }
});
