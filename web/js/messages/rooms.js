// Sentences for events and errors of a room.

import { clock, within } from "../format/time.js";
import { has, language, t } from "../i18n/translate.js";
import { serverText } from "./problems.js";

/** One sentence for the error of an answer. */
export function roomErrorSentence(error) {
  const sentence = has(`room.error.${error?.code}`) ? t(`room.error.${error.code}`) : serverText(error?.title) || t("problems.unknown");
  const wait = Number(error?.retryAfter);
  return wait > 0 ? `${sentence} ${t("problems.retryIn", { when: within(wait) })}` : sentence;
}

/** Title and text of each close code, and whether another try makes sense. */
function goodbyeOf(code) {
  switch (code) {
    case 0:
      return [t("room.goodbye.left"), t("room.goodbye.leftText"), true];
    case 4000:
      return [t("room.goodbye.closed"), t("room.error.malformed"), true];
    case 4001:
      return [t("room.goodbye.signedOut"), t("room.goodbye.signedOutText"), true];
    case 4002:
      return [t("room.goodbye.roomClosed"), t("room.goodbye.roomClosedText"), false];
    case 4003:
      return [t("room.goodbye.refused"), t("room.goodbye.refusedText"), true];
    case 4005:
      return [t("room.goodbye.removed"), t("room.goodbye.removedText"), false];
    case 4006:
      return [t("room.goodbye.elsewhere"), t("room.goodbye.elsewhereText"), true];
    case 4009:
      return [t("room.goodbye.closed"), t("room.goodbye.floodText"), true];
    default:
      return [t("room.goodbye.closed"), t("room.goodbye.endedText"), true];
  }
}

/** What the server's reason says, or null where it says no more than the code. */
function reasonText(code, reason) {
  // After a removal the reason is the host's own text.
  if (code === 4005 && reason) return t("room.goodbye.removedReason", { reason });
  if (code === 4002 && reason === "video_withdrawn") return t("room.goodbye.withdrawnText");
  return code === 4003 && has(`room.goodbye.reason.${reason}`) ? t(`room.goodbye.reason.${reason}`) : null;
}

/**
 * Why a connection ended for good: `{title, text, again}`; `again` says whether another try makes sense, and is
 * `"later"` where it makes sense only after a while.
 */
export function goodbye(code, reason = "") {
  const [title, text, again] = goodbyeOf(code);
  const banned = code === 4003 && ["banned", "address_banned"].includes(reason);
  return { title, text: reasonText(code, reason) ?? text, again: banned ? "later" : again };
}

/** A notice in the chat. */
export function noticeSentence({ kind, name, pos = 0, rate = 1, title = "" }) {
  if (kind === "media" && title === "") return t("room.notice.mediaOther", { name });
  return has(`room.notice.${kind}`) ? t(`room.notice.${kind}`, { name, rate, title, at: clock(pos / 1000) }) : "";
}

/** `Anna`, `Anna and Ben`, `Anna, Ben, and 3 others`. `more` counts people whose names are not given. */
export function listNames(names, more = 0) {
  const shown = names.length <= 3 && more === 0 ? names : names.slice(0, 2);
  const others = names.length - shown.length + more;
  const parts = others > 0 ? [...shown, t("room.others", { count: others })] : shown;
  return new Intl.ListFormat(language(), { type: "conjunction" }).format(parts);
}

/** The overlay's text while the room waits. */
export function waitingSentence({ names, me, more = 0 }) {
  if (names.length === 0) return me ? t("room.waiting.loadingForYou") : t("room.waiting.moment");
  const all = me ? [...names, t("room.member.you")] : names;
  return t("room.waiting.for", { names: listNames(all, more) });
}

/** Why we may not control playback; `elsewhere` says that we do on another device. */
export function lockedSentence(names, elsewhere = false) {
  if (elsewhere) return t("room.locked.elsewhere");
  if (names.length === 0) return t("room.locked.host");
  return names.length === 1 ? t("room.locked.single", { names: listNames(names) }) : t("room.locked.several", { names: listNames(names) });
}
