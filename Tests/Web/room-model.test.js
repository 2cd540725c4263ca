import assert from "node:assert/strict";
import test from "node:test";
import { has } from "../../web/js/i18n/translate.js";
import { banText } from "../../web/js/room/dialogs/bans.js";
import { memberActions } from "../../web/js/room/dialogs/member-dialog.js";
import { marksOf } from "../../web/js/room/side/members-view.js";
import { controllerNames, controls, controlsElsewhere, happened, isOwnOther, mayBan, mayDelete, memberOf, moderatesMember, nothing, replaced, waitedFor, welcomed } from "../../web/js/room/protocol/model.js";
import { guestName, hueOf, initialOf } from "../../web/js/room/protocol/names.js";
import { roomFacts } from "../../web/js/room/open-rooms.js";
import { isReady, statusOf } from "../../web/js/room/playback/reports.js";
import { goodbye, listNames, lockedSentence, noticeSentence, roomErrorSentence, waitingSentence } from "../../web/js/messages/rooms.js";
import "./support/messages.js";

const anna = { id: "a", name: "Anna", role: "host", guest: false, away: false, ready: true };
const ben = { id: "b", name: "Ben", role: "member", guest: true, away: false, ready: true };
const cleo = { id: "c", name: "Cleo", role: "cohost", guest: false, away: false, ready: true };
const state = { rev: 5, phase: "paused", videoId: "v", pos: 1000, at: 0, rate: 1, reason: "load" };
const room = { id: "r", name: "Friday", ownerId: "u", mode: "host" };
const message = (n, from = "b") => ({ msgId: `c${n}`, from, name: from, text: `text ${n}`, pos: 0 });

const said = (n) => ({ t: "chat.msg", seq: n, ts: 1000 + n, d: message(n) });

function joined(me = "b", members = [ben, anna, cleo]) {
  return replaced(welcomed(nothing, { memberId: me, limits: { chatLength: 500 } }), { room, state, members, chat: [said(1)] });
}

const after = (view, ...events) => events.reduce(happened, view);

test("everything at once, hosts first", () => {
  const view = joined();
  assert.deepEqual(view.members.map(({ name }) => name), ["Anna", "Cleo", "Ben"]);
  assert.deepEqual(view.lines.map(({ kind, text }) => [kind, text]), [["message", "text 1"]]);
  assert.equal(view.lines[0].ts, 1001);
  assert.equal(view.limits.chatLength, 500);
});

test("steps leave the earlier view alone", () => {
  const view = Object.freeze(joined());
  Object.freeze(view.members);
  Object.freeze(view.lines);
  const next = after(view, { t: "member.leave", d: { memberId: "b", reason: "left" } }, { t: "chat.msg", d: message(2) });
  assert.equal(view.members.length, 3);
  assert.equal(next.members.length, 2);
});

test("members come, change and go, and the chat tells", () => {
  const dora = { ...ben, id: "d", name: "Dora" };
  let view = after(joined(), { t: "member.join", ts: 7, d: { member: dora } });
  assert.equal(memberOf(view, "d").name, "Dora");
  view = after(view, { t: "member.join", d: { member: dora } });
  assert.equal(view.members.filter(({ id }) => id === "d").length, 1, "nobody is here twice");
  view = after(view, { t: "member.update", d: { member: { ...dora, role: "host", away: true } } });
  assert.deepEqual(view.members.map(({ id }) => id).slice(0, 2), ["a", "d"]);
  view = after(view, { t: "member.leave", d: { memberId: "d", reason: "kicked" } });
  assert.equal(memberOf(view, "d"), null);
  assert.equal(noticeSentence(view.lines.at(-1)), "Dora was removed");
});

test("a crowd that comes and goes does not push the chat away", () => {
  let view = joined();
  for (let n = 0; n < 200; n += 1) {
    view = after(view, { t: "member.join", d: { member: { ...ben, id: `x${n}`, name: `x${n}` } } }, { t: "member.leave", d: { memberId: `x${n}`, reason: "left" } });
  }
  assert.deepEqual(view.lines.map(({ kind }) => kind), ["message", "join", "leave", "join", "leave"]);
  assert.equal(noticeSentence(view.lines.at(-1)), "x199 left");
  view = after(view, { t: "chat.msg", d: message(2) }, { t: "member.join", d: { member: { ...ben, id: "y" } } });
  assert.equal(view.lines.length, 7);
});

test("messages of guests are marked", () => {
  const view = after(joined(), { t: "chat.msg", d: { ...message(2), guest: true } }, { t: "chat.msg", d: { ...message(3), guest: false } });
  assert.deepEqual(view.lines.slice(1).map(({ guest }) => guest), [true, false]);
});

test("the owner and a host with an account keep people out, nobody else", () => {
  const host = { ...anna, userId: "u2" };
  const owner = { ...ben, guest: false, userId: "u" };
  assert.equal(mayBan(joined("a", [host])), true);
  assert.equal(mayBan(joined("b", [host, owner])), true);
  assert.equal(mayBan(joined("a", [anna])), false, "a guest never");
  assert.equal(mayBan(joined("c", [host, { ...cleo, userId: "u3" }])), false, "a co-host neither");
  assert.equal(banText({ guest: true, by: "Anna", until: 90_000 }, 0), "guest, and other guests of the same network · removed by Anna · 2 min left");
  assert.equal(banText({ guest: false, by: "Anna", until: 36_000_000 }, 0), "removed by Anna · 10 hr left");
  assert.match(goodbye(4003, "too_many_of_address").text, /account/);
  assert.match(goodbye(4003, "address_banned").text, /network.*account/);
  assert.deepEqual([goodbye(4003, "banned").again, goodbye(4003, "address_banned").again, goodbye(4003, "full").again], ["later", "later", true]);
  assert.match(goodbye(4002).text, /closed.*taken down/);
});

test("an older truth never replaces a newer one", () => {
  const view = after(joined(), { t: "state", d: { ...state, rev: 7, phase: "playing" } }, { t: "state", d: { ...state, rev: 6 } });
  assert.equal(view.state.phase, "playing");
});

test("who did what stands in the chat, and jumps that follow each other once", () => {
  const did = (rev, reason, by = "a", more = {}) => ({ t: "state", d: { ...state, rev, reason, by, ...more } });
  const view = after(joined(), did(6, "play"), did(7, "seek", "a", { pos: 61_000 }), did(8, "seek", "a", { pos: 83_000 }), did(9, "seek", "b", { pos: 5000 }), did(10, "ready"), did(11, "stall", "b"));
  assert.deepEqual(view.lines.slice(1).map(noticeSentence), ["Anna pressed play", "Anna jumped to 1:23", "Ben jumped to 0:05"]);
  assert.equal(new Set(view.lines.map(({ id }) => id)).size, view.lines.length);
});

test("messages come once and can go", () => {
  let view = after(joined(), { t: "chat.msg", ts: 99, d: message(2) }, { t: "chat.msg", d: message(2) });
  assert.deepEqual(view.lines.map(({ id }) => id), ["c1", "c2"]);
  view = after(view, { t: "chat.deleted", d: { msgId: "c1", by: "a" } });
  assert.deepEqual(view.lines.map(({ id }) => id), ["c2"]);
});

test("a snapshot takes messages away that are gone, adds new ones, and keeps notices in their place", () => {
  let view = after(joined(), { t: "member.leave", d: { memberId: "c", reason: "left" } }, { t: "chat.msg", d: message(2) });
  view = replaced(view, { room, state, members: [anna], chat: [said(2), said(3)] });
  assert.deepEqual(view.lines.map(({ kind, id }) => (kind === "message" ? id : kind)), ["leave", "c2", "c3"]);
});

test("the chat is not kept for ever", () => {
  let view = joined();
  for (let n = 2; n < 600; n += 1) view = happened(view, { t: "chat.msg", d: message(n) });
  assert.equal(view.lines.length, 400);
  assert.equal(view.lines.at(-1).id, "c599");
});

test("news of waiting counts for its own revision only", () => {
  const waiting = { ...state, rev: 6, phase: "waiting", resumeTo: "playing", pending: ["a", "b", "c"], deadline: 9 };
  let view = after(joined(), { t: "state", d: waiting });
  assert.deepEqual(waitedFor(view), { names: ["Anna", "Cleo"], me: true, more: 0 });
  view = after(view, { t: "wait", d: { rev: 5, deadline: 1, pending: [] } });
  assert.equal(waitedFor(view).names.length, 2);
  view = after(view, { t: "wait", d: { rev: 6, deadline: 1, pending: ["c", "gone"] } });
  assert.deepEqual(waitedFor(view), { names: ["Cleo"], me: false, more: 0 });
  assert.deepEqual(waitedFor(joined()), { names: [], me: false, more: 0 });
  view = after(view, { t: "wait", d: { rev: 6, deadline: 1, pending: ["c", "b"], pendingCount: 40 } });
  assert.deepEqual(waitedFor(view), { names: ["Cleo"], me: true, more: 38 });
  assert.equal(waitingSentence(waitedFor(view)), "Waiting for Cleo, you, and 38 others…");
});

test("unknown events change nothing", () => {
  const view = joined();
  assert.equal(happened(view, { t: "something.new", d: {} }), view);
});

test("who may control", () => {
  assert.deepEqual([controls(joined("a")), controls(joined("b")), controls(joined("c"))], [true, false, true]);
  assert.ok(controls(after(joined("b"), { t: "room", d: { room: { ...room, mode: "everyone" } } })));
  assert.equal(controls(nothing), false);
  assert.deepEqual(controllerNames(after(joined(), { t: "member.update", d: { member: { ...cleo, away: true } } })), ["Anna"]);
});

test("who may do what to whom", () => {
  const may = (me, whom) => moderatesMember(joined(me), { a: anna, b: ben, c: cleo }[whom]);
  assert.deepEqual([may("a", "b"), may("a", "c"), may("a", "a")], [true, true, false]);
  assert.deepEqual([may("c", "b"), may("c", "a"), may("b", "c")], [true, false, false]);
  const line = { kind: "message", from: "b" };
  assert.deepEqual([mayDelete(joined("b"), line), mayDelete(joined("c"), line), mayDelete(joined("b"), { kind: "message", from: "a" }), mayDelete(joined("a"), { kind: "join" })], [true, true, false, false]);
});

test("the menu of a member", () => {
  const words = (me, member, now = 0) => memberActions(joined(me), member, now).map(({ label }) => label);
  const owned = replaced(joined("a"), { room, state, members: [{ ...anna, userId: "u" }, ben, cleo] });
  const last = (member) => memberActions(owned, member, 0).at(-1).label;
  assert.deepEqual([ben, cleo].map(last), ["Remove and keep out for an hour, and other guests of the same network", "Remove and keep out for an hour"]);
  assert.ok(words("a", ben).includes("Make co-host") && words("a", ben).includes("Hand the room over"));
  assert.ok(!words("c", ben).some((label) => /host|Hand/.test(label)), "cohosts give no roles");
  assert.ok(words("a", cleo).includes("Take co-host away"));
  assert.ok(words("a", { ...ben, mutedUntil: 500 }, 100).includes("Let write again"));
  assert.ok(!words("a", { ...ben, mutedUntil: 500 }, 600).includes("Let write again"));
  for (const { t, d } of memberActions(joined("a"), ben, 0)) assert.equal(d.memberId, "b", t);
});

test("marks of a member", () => {
  const marks = (member, more = {}) => marksOf(member, { me: "a", pending: [], now: 100, ...more });
  assert.deepEqual(marks(anna), ["you"]);
  assert.deepEqual(marks({ ...ben, away: true, mutedUntil: 200 }), ["guest", "reconnecting…", "muted"]);
  assert.deepEqual(marks({ ...ben, mutedUntil: 50 }, { pending: ["b"] }), ["guest", "loading…"]);
});

test("what the room is told of a player", () => {
  const player = { own: false, blocked: false, starved: false, ended: false, paused: false, waiting: false, wasPlaying: true, jumping: false };
  const said = (more) => statusOf({ ...player, ...more });
  assert.deepEqual([said({}), said({ paused: true }), said({ ended: true, paused: true }), said({ paused: true, waiting: true })], ["playing", "paused", "ended", "ready"]);
  assert.equal(said({ starved: true }), "buffering");
  assert.equal(said({ starved: true, wasPlaying: false }), null, "the first load is no stall");
  assert.equal(said({ starved: true, jumping: true }), null);
  assert.equal(said({ own: true, starved: true }), null, "nobody waits for who goes another way");
  assert.equal(said({ blocked: true, paused: true }), null);
});

test("when a player has loaded what the room asks for", () => {
  const player = { own: false, plays: false, off: 0, seeking: false, starved: false, atEnd: false, lazy: false };
  const ready = (more) => isReady({ ...player, ...more });
  assert.ok(ready({}) && ready({ off: -80 }) && ready({ starved: true, atEnd: true }) && ready({ starved: true, lazy: true }));
  for (const more of [{ off: 81 }, { seeking: true }, { starved: true }]) assert.ok(!ready(more), JSON.stringify(more));
  assert.ok(ready({ plays: true, off: 900 }) && !ready({ plays: true, starved: true }));
  assert.ok(ready({ own: true, off: 50_000, starved: true }));
});

test("names", () => {
  assert.equal(guestName("  Anna \n Maria  "), "Anna Maria");
  assert.equal([...guestName("🦊".repeat(60))].length, 40);
  for (const unseen of [" \t ", "\u200b\u200d", "\u3164", "\u2060\u0301"]) assert.equal(guestName(unseen), "");
  assert.equal(guestName("👩‍👧"), "👩‍👧");
  assert.equal(initialOf("émile"), "É");
  assert.equal(initialOf(""), "?");
  assert.equal(initialOf("🦊 fox"), "🦊");
  assert.equal(hueOf("Anna"), hueOf("Anna"));
  assert.ok(new Set("ABCDEFGHIJKLMNOP".split("").map(hueOf)).size > 4);
});

test("every error and every goodbye has words", () => {
  const documented = ["not_an_emoji", "ban_not_found", "malformed", "unknown_type", "not_allowed", "invalid_state", "stale", "rate_limited", "slow_mode", "repeated", "muted", "too_long", "empty", "member_not_found", "message_not_found", "video_not_found", "video_not_playable", "unavailable"];
  for (const code of documented) assert.ok(has(`room.error.${code}`), code);
  assert.equal(roomErrorSentence({ code: "slow_mode", retryAfter: 4.2 }), "This room is in slow mode. Try again in 5 seconds.");
  assert.equal(roomErrorSentence({ code: "new_one", title: "A new one." }), "A new one.");
  assert.ok(roomErrorSentence(undefined).length > 5);
  for (const code of [0, 4000, 4001, 4002, 4003, 4005, 4006, 4009, 4999]) assert.ok(goodbye(code).title && goodbye(code).text, String(code));
  assert.match(goodbye(4005, "spoilers").text, /spoilers/);
  assert.equal(goodbye(4005).again, false);
});

test("sentences", () => {
  assert.deepEqual([["A"], ["A", "B"], ["A", "B", "C"], ["A", "B", "C", "D"]].map((names) => listNames(names)), ["A", "A and B", "A, B, and C", "A, B, and 2 others"]);
  assert.equal(waitingSentence({ names: ["Anna"], me: false }), "Waiting for Anna…");
  assert.equal(waitingSentence({ names: ["Anna"], me: true }), "Waiting for Anna and you…");
  assert.match(waitingSentence({ names: [], me: true }), /Loading/);
  assert.equal(lockedSentence(["Anna", "Ben"]), "Anna and Ben control the player in this room.");
  assert.equal(lockedSentence([]), "The host controls the player in this room.");
  assert.equal(roomFacts({ members: 1, phase: "playing", owner: { username: "anna" } }), "1 person · playing · by anna");
  assert.equal(roomFacts({ members: 0, phase: "new" }), "0 people");
});

test("the same account on two devices is one person: marked, never removed, and told where it controls", () => {
  const tv = { ...anna, userId: "u" };
  const phone = { ...ben, id: "p", name: "Anna", guest: false, userId: "u" };
  const onPhone = joined("p", [tv, phone, ben]);
  assert.deepEqual(onPhone.members.map((member) => isOwnOther(onPhone, member)), [true, false, false]);
  assert.deepEqual(marksOf(tv, { me: "p", own: true, pending: [], now: 0 }), ["you, on another device"]);
  assert.ok(controlsElsewhere(onPhone));
  assert.equal(lockedSentence(controllerNames(onPhone), true), "You control the player in this room on another device.");
  assert.ok(!moderatesMember(joined("p", [tv, { ...phone, role: "cohost" }, { ...phone, id: "q" }]), { ...phone, id: "q" }));

  const onTv = joined("a", [tv, phone, ben]);
  assert.ok(!controlsElsewhere(onTv));
  assert.ok(moderatesMember(onTv, phone), "the room can be handed over to it");
  assert.deepEqual(memberActions(onTv, phone, 0).map(({ t: command }) => command), ["role.set", "role.set"]);
  assert.ok(memberActions(onTv, ben, 0).some(({ t: command }) => command === "member.kick"));
  const guests = joined("b", [anna, ben, { ...ben, id: "e" }]);
  assert.ok(guests.members.every((member) => !isOwnOther(guests, member)), "guests have no account");
});
