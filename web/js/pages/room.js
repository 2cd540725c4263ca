// The page of a room: one video for everybody at the same moment, the chat beside it, and who is here.

import { part } from "../elements/parts.js";
import "../elements/vh-chat.js";
import "../elements/vh-player.js";
import { getRoom } from "../http/api.js";
import { currentSession, onSession } from "../http/session.js";
import { t } from "../i18n/translate.js";
import { SyncController } from "../room/playback/sync-controller.js";
import { Follower } from "../room/playback/follower.js";
import { guestKey, keepGuestKey, lastGuestName } from "../room/protocol/guest.js";
import { watchKeyboard } from "../room/side/keyboard.js";
import { controllerNames, controls, controlsElsewhere, happened, mayBan, nameOf, nothing, replaced, self, welcomed } from "../room/protocol/model.js";
import { RoomOverlay } from "../room/playback/overlay.js";
import { Pace } from "../room/playback/pace.js";
import { saveAttachment, takeAttachment } from "../room/protocol/saved-attachment.js";
import { reactions } from "../room/side/reactions.js";
import { forgetRemoval, rememberRemoval, removalReason } from "../room/protocol/removed.js";
import { Reports } from "../room/playback/reports.js";
import { RoomSocket } from "../room/protocol/socket.js";
import { Stage } from "../room/playback/stage.js";
import { sideTabs } from "../room/side/tabs.js";
import { openAccount } from "../ui/account.js";
import { setText, show } from "../ui/dom.js";
import { fillHeader } from "../ui/header.js";
import { placeIcons } from "../ui/icons.js";
import { withParts } from "../ui/later.js";
import { notice, toast } from "../ui/toast.js";
import { problemSentence } from "../messages/problems.js";
import { goodbye, lockedSentence, roomErrorSentence } from "../messages/rooms.js";

placeIcons();
fillHeader(part(document, "header"), (why) => openAccount("login", why), { upload: null });

const roomId = new URLSearchParams(window.location.search).get("id") ?? "";
let view = nothing;
let socket = null;
let who = null;
// Whether the connection has ended for good: the card that says so stays.
let over = false;

const player = document.querySelector("vh-player");
const chat = document.querySelector("vh-chat");
const side = part(document, "side");
const main = document.querySelector("main");
const clock = {
  get isKnown() {
    return socket?.clock.isKnown ?? false;
  },
  get now() {
    return socket?.serverNow ?? Date.now();
  },
};
const follower = new Follower(player, clock);
const stage = new Stage(part(document, "stage"), { player, follower, live: part(document, "live") });
const syncController = new SyncController(player, follower, {
  ask: command,
  allowed: () => controls(view),
  lockedMessage: () => lockedSentence(controllerNames(view), controlsElsewhere(view)),
  refuse: (words) => toast(`${words} ${t("room.ownPaceHint")}`),
});
const reports = new Reports(follower, (t, d) => socket?.say(t, d));
chat.send = (text, cmdId) => asked("chat.send", { text, cmdId });
chat.remove = (msgId) => command("chat.delete", { msgId });
const overlay = new RoomOverlay(part(document, "stage"), { skip: () => command("wait.skip", {}), unblock: () => follower.unblock() });
const { fly, allow: allowReactions } = reactions({ box: part(player, "reactions"), bar: part(part(document, "bar"), "reaction-bar") }, (emoji) => command("react", { emoji }));
const pace = new Pace(part(document, "bar"), follower, draw);
let fullScreenChat = null;
document.addEventListener("fullscreenchange", showChat, { once: true });
sideTabs(side, showPeople);
watchKeyboard(main);
chat.addEventListener("unread", drawUnread);
part(document, "invite").addEventListener("click", () => withDialogs(({ invitation }) => invitation(view.room?.name || t("page.room"))));
part(document, "settings-open").addEventListener("click", () => withDialogs(({ settings }) => settings(view.room)));
part(document, "media-open").addEventListener("click", () => withDialogs(({ picker }) => picker(view.state?.videoId ?? null)));
part(document, "bans-open").addEventListener("click", () => withDialogs(({ bans }) => bans()));
part(document, "leave").addEventListener("click", () => {
  socket?.stop();
  window.location.assign("/");
});
part(document, "card-again").addEventListener("click", () => {
  forgetRemoval(roomId);
  window.location.reload();
});
// Escape takes the words of a focused sign away (tip.css), until another one has the focus.
document.addEventListener("keydown", ({ key }) => main.toggleAttribute("data-quiet", key === "Escape"));
follower.addEventListener("blocked", ({ detail }) => overlay.blocked(detail));
window.addEventListener("pagehide", () => who && !over && saveAttachment(roomId, nameOfWho(), socket?.machine.resume));

let members = null;

/** The list of people is loaded with the first look at it. */
function showPeople() {
  withParts(
    () => import("../room/side/members-view.js"),
    ({ MembersView }) => {
      members ??= new MembersView(side, { open: (id) => withDialogs(({ member }) => member(view, id, clock.now)) });
      members.update(view, clock.now);
    },
  );
}

let askGuest = null;
let invited = null;

/** Asks for a name; the form is loaded with the first question. */
function ask(room) {
  invited = room;
  withParts(
    () => import("../room/dialogs/guest-form.js"),
    ({ guestForm }) => {
      askGuest ??= guestForm(part(document, "guest"), { join: enterAsGuest, signIn: () => openAccount("login", t("room.signInToJoin")) });
      // Who has signed in meanwhile is not asked.
      if (invited === room) askGuest(room);
    },
  );
}

let dialogs = null;

/** Opens a dialog; all are loaded with the first one. */
function withDialogs(open) {
  if (dialogs) {
    open(dialogs);
    return;
  }
  const command = (t, d) => asked(t, d).catch((error) => notice(roomErrorSentence(error)));
  withParts(
    () => import("../room/dialogs/dialogs.js"),
    ({ roomDialogs }) => {
      dialogs ??= roomDialogs({ find: (name) => part(document, name), side, roomId, ask: asked, command, now: () => clock.now });
      open(dialogs);
    },
  );
}

/** Sends a command; rejects with why it was refused. */
async function asked(t, d) {
  if (!socket) throw { code: "disconnected" };
  return socket.ask(t, d);
}

/** Sends a command; a refusal is shown for a moment. */
function command(t, d) {
  return asked(t, d).catch((error) => toast(roomErrorSentence(error), { tone: "bad" }));
}

function nameOfWho() {
  return who.token ? (currentSession()?.userId ?? "") : `guest ${who.name}`;
}

/** Joins as a guest, with the stored guest key. */
function enterAsGuest(name) {
  const key = guestKey();
  enter(key ? { name, guestKey: key } : { name });
}

/** Joins as `{token}` or `{name}`. */
function enter(someone) {
  socket?.stop();
  invited = null;
  who = someone;
  over = false;
  view = nothing;
  chat.update(view, true);
  const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
  const address = `${scheme}//${window.location.host}/v1/rooms/${encodeURIComponent(roomId)}/ws`;
  const mine = new RoomSocket(address, { who, before: takeAttachment(roomId, nameOfWho()) });
  socket = mine;
  // Events of an abandoned connection are ignored.
  const on = (type, handler) => mine.addEventListener(type, ({ detail }) => mine === socket && handler(detail));
  on("status", status);
  on("welcome", ({ d }) => {
    view = welcomed(view, d);
    keepGuestKey(d.guestKey);
    if (d.guestKey) who.guestKey = d.guestKey;
    reports.again();
  });
  on("snapshot", ({ snapshot }) => {
    view = replaced(view, snapshot);
    draw(true);
  });
  on("event", ({ event }) => {
    view = happened(view, event);
    draw();
  });
  on("loose", ({ event }) => loose(event));
  mine.start();
}

function loose({ t, d }) {
  if (t === "wait") {
    view = happened(view, { t, d });
    draw();
  } else if (t === "react") {
    fly(d.emoji, nameOf(view, d.memberId));
  } else if (t === "sync") {
    if (view.state && d.rev > view.state.rev) socket.behind();
    // Timers of a hidden page may fire once a minute; messages still arrive.
    follower.tick();
  } else if (t === "sync.correct" && d.rev === view.state?.rev) {
    follower.jump();
  }
}

function status(detail) {
  overlay.connection(detail);
  chat.allow(detail.status === "open", detail.status === "open" ? t("room.message.placeholder") : t("room.message.notConnected"));
  document.body.dataset.room = detail.status;
  if (detail.status === "reconnecting") lookWhetherItExists();
  if (detail.status !== "ended" || over) return;
  if (detail.code === 4005) rememberRemoval(roomId, detail.reason);
  end(goodbye(detail.code, detail.reason));
  // The token is invalid, but the user may join as a guest; a name that the server refuses can be changed.
  if (detail.code === 4001 ? who?.token : detail.code === 4000 && !who?.token && view.me === null) begin(true);
}

function end({ title, text, again }) {
  over = true;
  follower.follow(null);
  player.media.pause();
  stage.say(title, text, again);
  overlay.ended();
  showRoom(false);
  chat.allow(false, t("room.message.notInRoom"));
  document.body.dataset.room = "ended";
}

/** Requests the room, because a refused WebSocket handshake tells the page no reason. */
async function lookWhetherItExists() {
  try {
    await getRoom(roomId);
  } catch (problem) {
    if (problem.status !== 404 && problem.status !== 410) return;
    const left = socket;
    socket = null;
    left?.stop();
    overlay.connection({ status: "ended" });
    end(goodbye(4002));
  }
}

function draw(fresh = false) {
  const { room, state } = view;
  if (!room || !state) return;
  const mine = self(view);
  const may = controls(view);
  stage.follow(state);
  follower.follow(state);
  syncController.changed();
  chat.update(view, fresh === true);
  setText(part(side, "count"), String(view.members.length));
  members?.update(view, clock.now);
  overlay.update(view, follower.own);
  setText(part(document, "heading"), room.name || t("page.room"));
  drawUnread();
  // A room is named after its first video unless its owner names it.
  setText(part(document, "watch-link"), state.title && state.title !== room.name ? t("room.videoTitle", { title: state.title }) : t("room.videoPage"));
  part(document, "watch-link").href = `/watch/${encodeURIComponent(state.videoId)}`;
  setText(part(document, "mode-badge"), room.mode === "everyone" ? t("room.everybodyControls") : t("room.hostControls"));
  const muted = mine?.mutedUntil && new Date(mine.mutedUntil).getTime() > clock.now;
  chat.allow(!muted, muted ? t("room.message.muted") : t("room.message.placeholder"));
  allowReactions(!muted);
  show(part(document, "lock-note"), !may && !follower.own);
  setText(part(document, "lock-note-text"), lockedSentence(controllerNames(view), controlsElsewhere(view)));
  show(part(document, "media-open"), may);
  show(part(document, "bans-open"), mayBan(view));
  const session = currentSession();
  show(part(document, "settings-open"), Boolean(session) && session.userId === room.ownerId);
  showRoom(true);
  pace.draw();
}

/** Shows or hides what only members see. */
function showRoom(isIn) {
  for (const name of ["about-meta", "about-actions", "bar", "side"]) show(part(document, name), isIn);
  if (!isIn) show(part(document, "lock-note"), false);
}

/** The button of the chat is there in full screen alone, and so is its part. */
function showChat() {
  withParts(() => import("../room/side/full-screen-chat.js"), ({ FullScreenChat }) => {
    fullScreenChat = new FullScreenChat(part(document, "stage"), side);
    fullScreenChat.draw(chat.unread);
  });
}

/** Marks unread messages on the tab of the chat, in full screen, and in the title of a page that is not in view. */
function drawUnread() {
  const { unread } = chat;
  const mark = part(side, "unread");
  setText(mark, unread > 0 ? String(unread) : "");
  mark.title = unread > 0 ? t("room.message.new", { count: unread }) : "";
  show(mark, unread > 0);
  fullScreenChat?.draw(unread);
  const title = t("page.title", { title: view.room?.name || t("page.room") });
  if (view.room) document.title = unread > 0 ? `(${unread}) ${title}` : title;
}

/** Joins with the session, or as a guest; `asGuest` ignores the session. */
async function begin(asGuest = false) {
  if (roomId === "") {
    stage.say(t("watch.incomplete"), t("room.incompleteText"), false);
    return;
  }
  const removal = removalReason(roomId);
  if (removal !== null && !asGuest) {
    const { title, text } = goodbye(4005, removal);
    end({ title, text, again: "later" });
    return;
  }
  const session = asGuest ? null : currentSession();
  if (session) {
    enter({ token: session.token });
    return;
  }
  let room = null;
  try {
    room = await getRoom(roomId);
  } catch (problem) {
    if (problem.status === 404 || problem.status === 410) end(goodbye(4002));
    else stage.say(t("room.cannotOpen"), problemSentence(problem), true);
    return;
  }
  // After a reload the stored name is used. A first visit asks, also because browsers require a click before sound.
  const name = lastGuestName();
  const cameBack = performance.getEntriesByType("navigation")[0]?.type === "reload";
  if (name !== "" && cameBack && !asGuest) enterAsGuest(name);
  else ask(room);
}

let signedInAs = currentSession()?.token ?? null;
onSession((session) => {
  const token = session?.token ?? null;
  if (token === signedInAs) return;
  signedInAs = token;
  show(part(document, "guest"), false);
  socket?.stop();
  socket = null;
  begin();
});
begin();
