// The form that creates an account: what it says before the server is asked.

import assert from "node:assert/strict";
import test from "node:test";
import { loginErrors, registrationErrors } from "../../web/js/ui/account-rules.js";
import { inLanguage } from "./support/messages.js";

const good = { email: "anna@example.org", username: "anna", password: "correct horse" };
const fields = (changes) => registrationErrors({ ...good, ...changes }).map(([name]) => name);

test("names, addresses and passwords that the server takes are not refused", () => {
  for (const username of ["anna", "a.b", "9_9", "A-1", "a".repeat(32)]) assert.deepEqual(fields({ username }), [], username);
  for (const email of ["a@b", "a.b+c@example.org", "o'neil@a-b.example"]) assert.deepEqual(fields({ email }), [], email);
  for (const password of ["12345678", "😀".repeat(8), "x".repeat(128)]) assert.deepEqual(fields({ password }), []);
});

test("what the server would refuse is said at once", () => {
  for (const username of ["", "ab", "Müller", "-anna", ".anna", "an na", "a".repeat(33), "анна"]) assert.deepEqual(fields({ username }), ["username"], username);
  for (const email of ["", "anna", "a@", "@b", "a@b@c", "ä@example.org", "a@-b", "a@b..c", `${"a".repeat(65)}@b`]) assert.deepEqual(fields({ email }), ["email"], email);
  for (const password of ["", "1234567", "😀".repeat(7), "x".repeat(129), "ANNA@example.org"]) assert.deepEqual(fields({ password }), ["password"], password);
  assert.deepEqual(fields({ username: "longenough", password: "LongEnough" }), ["password"]);
});

test("every field that is wrong is named, and the rule of names says which letters count", () => {
  assert.deepEqual(fields({ email: "x", username: "Müller", password: "short" }), ["email", "username", "password"]);
  for (const code of ["en", "de", "es", "ru"]) inLanguage(code, () => assert.match(registrationErrors({ ...good, username: "Müller" })[0][1], /a\p{Pd}z/u, code));
  assert.deepEqual(loginErrors({ identifier: "", password: "" }).map(([name]) => name), ["identifier", "password"]);
  assert.deepEqual(loginErrors({ identifier: "anna", password: "x" }), []);
});
