// The parts of the room's page that need no document.

import assert from "node:assert/strict";
import test from "node:test";
import { codePath, inviteAddress } from "../../web/js/room/dialogs/invite.js";
import { keyboardIsOpen } from "../../web/js/room/side/keyboard.js";
import { memberActions } from "../../web/js/room/dialogs/member-dialog.js";
import { t } from "../../web/js/i18n/translate.js";
import "./support/messages.js";

test("an invitation has the room's address without the parameters of this visit", () => {
  const location = { origin: "https://videos.example.org", pathname: "/room.html", search: "?id=room_1&x=2" };
  assert.equal(inviteAddress(location, "room_1"), "https://videos.example.org/room.html?id=room_1");
});

test("a code's path has a rectangle for each run of dark modules, inside a white margin", () => {
  const rows = ["##.", "..#", "#.#"];
  const path = codePath(3, (row, column) => rows[row][column] === "#");
  assert.equal(path, "M4,4h2v1H4zM6,5h1v1H6zM4,6h1v1H4zM6,6h1v1H6z");
  assert.equal(codePath(2, () => false), "");
});

test("a keyboard is open when somebody types and much of the height is gone", () => {
  const phone = { typing: true, tallest: 800 };
  assert.ok(keyboardIsOpen({ ...phone, height: 430 }));
  assert.ok(!keyboardIsOpen({ ...phone, height: 430, typing: false }), "the window is only low");
  assert.ok(!keyboardIsOpen({ ...phone, height: 720 }), "the bars of a browser came back");
});

test("who removes somebody is asked first, and is told what it means", () => {
  const member = (id, more = {}) => ({ id, name: id, role: "member", guest: false, ...more });
  const view = { me: "anna", room: { ownerId: "u1" }, members: [member("anna", { role: "host", userId: "u1" }), member("ben"), member("cleo", { guest: true })] };
  const questions = (who) => memberActions(view, who, 0).filter(({ t: command }) => command === "member.kick").map(({ question }) => question);
  const [remove, ban] = questions(view.members[1]);
  assert.equal(remove.title, t("room.member.removeTitle", { name: "ben" }));
  assert.equal(ban.text, t("room.member.banText", { name: "ben" }));
  assert.equal(questions(view.members[2])[1].text, t("room.member.banGuestText", { name: "cleo" }), "a guest's ban covers the network");
  assert.ok(memberActions(view, view.members[1], 0).filter(({ t: command }) => command !== "member.kick").every(({ question }) => question === undefined));
});
