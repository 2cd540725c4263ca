// The page's view of the room, as pure functions: each returns a new view and does not change the old one.

const chatKept = 400;

/** The empty view. `lines` holds messages and notices in the order of arrival. */
export const nothing = { me: null, room: null, state: null, members: [], lines: [], limits: {}, notice: 0 };

/** The view after `welcome`, which says who we are. */
export function welcomed(view, d) {
  return { ...view, me: d.memberId, limits: d.limits ?? {} };
}

/** The view after a full snapshot. Notices keep their positions among the messages. */
export function replaced(view, { room, state, members, chat }) {
  const messages = (chat ?? []).map(({ d, ts }) => messageLine(d, ts));
  const still = new Set(messages.map(({ id }) => id));
  const kept = view.lines.filter(({ id, kind }) => kind !== "message" || still.has(id));
  const known = new Set(kept.map(({ id }) => id));
  const lines = [...kept, ...messages.filter(({ id }) => !known.has(id))];
  return { ...view, room, state, members: sorted(members ?? []), lines: lines.slice(-chatKept) };
}

/** The view after an event, ordered or not. Unknown events change nothing. */
export function happened(view, { t, d, ts = null }) {
  switch (t) {
    case "state":
      return stateChanged(view, d, ts);
    case "wait":
      return d.rev === view.state?.rev ? { ...view, state: { ...view.state, deadline: d.deadline, pending: d.pending, pendingCount: d.pendingCount } } : view;
    case "member.join":
      return noticed({ ...view, members: sorted([...without(view, d.member.id), d.member]) }, ts, { kind: "join", name: d.member.name });
    case "member.update":
      return { ...view, members: sorted([...without(view, d.member.id), d.member]) };
    case "member.leave":
      return noticed({ ...view, members: without(view, d.memberId) }, ts, { kind: d.reason === "kicked" ? "kicked" : "leave", name: nameOf(view, d.memberId) });
    case "chat.msg":
      if (view.lines.some(({ id }) => id === d.msgId)) return view;
      return { ...view, lines: [...view.lines, messageLine(d, ts)].slice(-chatKept) };
    case "chat.deleted":
      return { ...view, lines: view.lines.filter(({ id }) => id !== d.msgId) };
    case "room":
      return { ...view, room: d.room };
    default:
      return view;
  }
}

function stateChanged(view, state, ts) {
  // An older state never replaces a newer one.
  if (view.state && state.rev < view.state.rev) return view;
  const next = { ...view, state };
  const said = ["play", "pause", "seek", "rate", "media", "skip"].includes(state.reason);
  if (!said || !state.by || state.rev === view.state?.rev) return next;
  return noticed(next, ts, { kind: state.reason, name: nameOf(view, state.by), pos: state.pos, rate: state.rate, title: state.title });
}

function noticed(view, ts, notice) {
  // Of several jumps in quick succession only the last gets a line.
  const last = view.lines.at(-1);
  const again = last?.kind === "seek" && notice.kind === "seek" && last.name === notice.name;
  const lines = again ? view.lines.slice(0, -1) : withoutCrowd(view.lines, notice);
  return { ...view, notice: view.notice + 1, lines: [...lines, { id: `notice-${view.notice}`, ts, ...notice }].slice(-chatKept) };
}

// At most so many join and leave notices in a row, so that a crowd does not push the chat away.
const crowd = 4;

function withoutCrowd(lines, notice) {
  const isMove = ({ kind }) => kind === "join" || kind === "leave";
  if (!isMove(notice) || lines.length < crowd || !lines.slice(-crowd).every(isMove)) return lines;
  return [...lines.slice(0, -crowd), ...lines.slice(1 - crowd)];
}

function messageLine({ msgId, from, name, guest, text, pos }, ts) {
  return { id: msgId, kind: "message", from, name, guest: guest === true, text, pos, ts };
}

function without(view, id) {
  return view.members.filter((member) => member.id !== id);
}

const ranks = { host: 0, cohost: 1, member: 2 };

/** Hosts first, then by name; the sort is stable. */
function sorted(members) {
  return [...members].sort((a, b) => (ranks[a.role] ?? 2) - (ranks[b.role] ?? 2) || a.name.localeCompare(b.name));
}

/** The member with this id, or null. */
export function memberOf(view, id) {
  return view.members.find((member) => member.id === id) ?? null;
}

/** A member's name, also of a member who has left. */
export function nameOf(view, id) {
  return memberOf(view, id)?.name ?? "Somebody";
}

/** Our own member, or null. */
export function self(view) {
  return memberOf(view, view.me);
}

/** Whether we may play, pause and jump for everybody. */
export function controls(view) {
  return view.room?.mode === "everyone" || moderates(view);
}

/** Whether we may mute and remove others. */
export function moderates(view) {
  return ["host", "cohost"].includes(self(view)?.role);
}

/** Whether we may ban people and lift bans: the owner and the host may, a guest never. */
export function mayBan(view) {
  const mine = self(view);
  return Boolean(mine?.userId) && (mine.role === "host" || mine.userId === view.room?.ownerId);
}

/** Whether we may moderate this member: a host may moderate everybody else, a co-host plain members. */
export function moderatesMember(view, member) {
  if (!member || member.id === view.me || (isOwnOther(view, member) && self(view)?.role !== "host")) return false;
  return self(view)?.role === "host" || (moderates(view) && member.role === "member");
}

/** Whether we may delete this message. */
export function mayDelete(view, line) {
  return line.kind === "message" && (line.from === view.me || moderates(view));
}

/** The names of the members whom the room waits for, without our own; `me` says whether we are among them, `more` how many are not named. */
export function waitedFor(view) {
  if (view.state?.phase !== "waiting") return { names: [], me: false, more: 0 };
  const pending = view.state.pending ?? [];
  const more = Math.max(0, (view.state.pendingCount ?? 0) - pending.length);
  return { more, names: pending.filter((id) => id !== view.me && memberOf(view, id)).map((id) => nameOf(view, id)), me: pending.includes(view.me) };
}

/** Whether a member is ourselves on another device, by the same account. */
export function isOwnOther(view, member) {
  const mine = self(view);
  return Boolean(mine?.userId) && member.id !== view.me && member.userId === mine.userId;
}

/** Whether we control playback, but on another device. */
export function controlsElsewhere(view) {
  return !controls(view) && view.members.some((member) => isOwnOther(view, member) && member.role !== "member" && !member.away);
}

/** The names of the host and co-hosts who are here: they control playback when we may not. */
export function controllerNames(view) {
  return view.members.filter(({ role, away }) => role !== "member" && !away).map(({ name }) => name);
}
