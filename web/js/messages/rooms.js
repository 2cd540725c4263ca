// Sentences for events and errors of a room.

import { clock } from "../format/time.js";

const errors = {
  malformed: "The server did not understand this page. Reload it.",
  unknown_type: "The server does not know this. Reload the page.",
  not_allowed: "You may not do this in this room.",
  invalid_state: "This is not possible right now.",
  stale: "Somebody else was faster. Try again.",
  rate_limited: "That was too fast.",
  slow_mode: "This room is in slow mode.",
  repeated: "You have just said the same.",
  muted: "You are muted and cannot write for now.",
  not_an_emoji: "A reaction is one emoji.",
  ban_not_found: "This ban is over already.",
  too_long: "This message is too long.",
  empty: "There is nothing to send.",
  member_not_found: "This person is not here any more.",
  message_not_found: "This message is gone already.",
  video_not_found: "There is no such video any more.",
  video_not_playable: "This video cannot be played yet.",
  unavailable: "The server cannot do this right now. Try again in a moment.",
  disconnected: "You are not connected right now. Try again in a moment.",
};

/** The codes that have a sentence of their own. */
export const knownRoomErrors = Object.keys(errors);

/** One sentence for the error of an answer. */
export function roomErrorSentence(error) {
  const sentence = errors[error?.code] ?? error?.title ?? "Something went wrong.";
  const wait = Number(error?.retryAfter);
  return wait > 0 ? `${sentence} Wait ${wait < 90 ? `${Math.ceil(wait)} s` : `${Math.ceil(wait / 60)} min`}.` : sentence;
}

const goodbyes = {
  0: ["You have left the room", "You can come back at any time.", true],
  4000: ["The connection was closed", "The server did not understand this page. Reload it.", true],
  4001: ["You are not signed in any more", "Sign in again, or come in as a guest.", true],
  4002: ["This room is closed", "It was closed, what it played was taken down, or the link is wrong.", false],
  4003: ["You cannot come in", "The room is full, or it does not let you in.", true],
  4005: ["You were removed from this room", "", false],
  4006: ["You are here in another tab", "This place went on in another tab or window.", true],
  4009: ["The connection was closed", "This page has sent far too many messages.", true],
};

const reasons = {
  4002: { video_withdrawn: "What it played was taken down or deleted." },
  4003: {
    full: "The room is full.",
    banned: "You were removed from this room, and may come in again later.",
    address_banned: "Guests from your network are kept out for now. With an account you can come in.",
    too_many_of_address: "As many people as may be in are here from your network. With an account there may be a place left.",
    too_many_of_account: "You are in this room in too many tabs. Close one.",
  },
};

/**
 * Why a connection ended for good: `{title, text, again}`; `again` says whether another try makes sense, and is
 * `"later"` where it makes sense only after a while.
 */
export function goodbye(code, reason = "") {
  const [title, text, again] = goodbyes[code] ?? ["The connection was closed", "The server has ended it.", true];
  // After a removal the reason is the host's own text.
  const said = reason && code === 4005 ? `The reason given: “${reason}”` : (reasons[code]?.[reason] ?? text);
  const banned = code === 4003 && ["banned", "address_banned"].includes(reason);
  return { title, text: said || "A host or co-host of the room did this.", again: banned ? "later" : again };
}

/** A notice in the chat. */
export function noticeSentence({ kind, name, pos = 0, rate = 1, title = "" }) {
  switch (kind) {
    case "join":
      return `${name} came in`;
    case "leave":
      return `${name} left`;
    case "kicked":
      return `${name} was removed`;
    case "play":
      return `${name} pressed play`;
    case "pause":
      return `${name} paused at ${clock(pos / 1000)}`;
    case "seek":
      return `${name} jumped to ${clock(pos / 1000)}`;
    case "rate":
      return `${name} set the speed to ${rate}×`;
    case "media":
      return `${name} chose “${title || "another video"}”`;
    case "skip":
      return `${name} began without waiting`;
    default:
      return "";
  }
}

/** `Anna`, `Anna and Ben`, `Anna, Ben and 3 others`. */
export function listNames(names) {
  if (names.length === 0) return "";
  if (names.length === 1) return names[0];
  if (names.length <= 3) return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return `${names.slice(0, 2).join(", ")} and ${names.length - 2} others`;
}

/** The overlay's text while the room waits. */
export function waitingSentence({ names, me, more = 0 }) {
  if (names.length === 0) return me ? "Loading for you. The others wait." : "One moment…";
  const all = me ? [...names, "you"] : names;
  if (more > 0) return `Waiting for ${all.slice(0, 2).join(", ")} and ${more + Math.max(0, all.length - 2)} others…`;
  return `Waiting for ${listNames(all)}…`;
}

/** Why we may not control playback. */
export function lockedSentence(names) {
  const who = names.length === 0 ? "The host" : listNames(names);
  return `${who} ${names.length > 1 ? "control" : "controls"} the player in this room.`;
}
