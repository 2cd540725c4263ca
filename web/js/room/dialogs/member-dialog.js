// What a host or a co-host can do about a member.

import { t } from "../../i18n/translate.js";
import { part } from "../../elements/parts.js";
import { confirmed } from "../../ui/confirm.js";
import { el, setText, show } from "../../ui/dom.js";
import { isOwnOther, mayBan, memberOf, self } from "../protocol/model.js";

/** The entries for a member: `{label, t, d, question}`; what removes somebody asks first. Pure. */
export function memberActions(view, member, now) {
  const memberId = member.id;
  const host = self(view)?.role === "host";
  const muted = member.mutedUntil && (typeof member.mutedUntil === "number" ? member.mutedUntil : Date.parse(member.mutedUntil)) > now;
  const actions = [];
  if (host && member.role === "member") actions.push({ label: t("room.member.makeCohost"), t: "role.set", d: { memberId, role: "cohost" } });
  if (host && member.role === "cohost") actions.push({ label: t("room.member.takeCohost"), t: "role.set", d: { memberId, role: "member" } });
  if (host) actions.push({ label: t("room.member.makeHost"), t: "role.set", d: { memberId, role: "host" } });
  // Nobody mutes or removes themselves by mistake: an account that is banned is banned on every device.
  if (isOwnOther(view, member)) return actions;
  if (muted) actions.push({ label: t("room.member.unmute"), t: "member.mute", d: { memberId, seconds: 0 } });
  else actions.push({ label: t("room.member.mute"), t: "member.mute", d: { memberId, seconds: 300 } });
  actions.push({ label: t("room.member.remove"), t: "member.kick", d: { memberId }, question: questionFor(member, false) });
  if (mayBan(view)) actions.push({ label: member.guest ? t("room.member.banGuest") : t("room.member.ban"), t: "member.kick", d: { memberId, banMinutes: 60 }, question: questionFor(member, true) });
  return actions;
}

function questionFor({ name, guest }, isBan) {
  if (!isBan) return { title: t("room.member.removeTitle", { name }), text: t("room.member.removeText", { name }), yes: t("room.member.removeYes") };
  const text = guest ? t("room.member.banGuestText", { name }) : t("room.member.banText", { name });
  return { title: t("room.member.banTitle", { name }), text, yes: t("room.member.banYes") };
}

/** Wires the dialog, a `<vh-dialog>`; returns `open(view, memberId, now)`. `ask(t, d)` sends a command. */
export function memberDialog(dialog, ask) {
  const reason = part(dialog, "reason");

  return (view, memberId, now) => {
    const member = memberOf(view, memberId);
    if (!member) return;
    setText(part(dialog, "title"), member.name);
    reason.value = "";
    const button = ({ label, t, d, question }) => {
      const run = async () => {
        const why = reason.value.trim();
        dialog.close();
        if (question && !(await confirmed(question))) return;
        ask(t, t === "member.kick" && why !== "" ? { ...d, reason: why } : d);
        // The row of the member may be gone while the question was open.
        if (document.activeElement === document.body) dialog.fallback?.focus();
      };
      return el("button", { class: question ? "button button-wide button-warn" : "button button-wide", type: "button", text: label, on: { click: run } });
    };
    const actions = memberActions(view, member, now);
    show(reason.closest(".field"), actions.some(({ question }) => question));
    part(dialog, "actions").replaceChildren(...actions.filter(({ question }) => !question).map(button));
    part(dialog, "removals").replaceChildren(...actions.filter(({ question }) => question).map(button));
    dialog.open();
  };
}
