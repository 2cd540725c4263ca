// What a host or a co-host can do about a member.

import { t } from "../i18n/translate.js";
import { byId, el, setText } from "../ui/dom.js";
import { mayBan, memberOf, self } from "./model.js";

/** The entries for a member: `{label, t, d, danger}`: pure. */
export function memberActions(view, member, now) {
  const memberId = member.id;
  const host = self(view)?.role === "host";
  const muted = member.mutedUntil && (typeof member.mutedUntil === "number" ? member.mutedUntil : Date.parse(member.mutedUntil)) > now;
  const actions = [];
  if (host && member.role === "member") actions.push({ label: t("room.member.makeCohost"), t: "role.set", d: { memberId, role: "cohost" } });
  if (host && member.role === "cohost") actions.push({ label: t("room.member.takeCohost"), t: "role.set", d: { memberId, role: "member" } });
  if (host) actions.push({ label: t("room.member.makeHost"), t: "role.set", d: { memberId, role: "host" } });
  if (muted) actions.push({ label: t("room.member.unmute"), t: "member.mute", d: { memberId, seconds: 0 } });
  else actions.push({ label: t("room.member.mute"), t: "member.mute", d: { memberId, seconds: 300 } });
  actions.push({ label: t("room.member.remove"), t: "member.kick", d: { memberId }, danger: true });
  if (mayBan(view)) actions.push({ label: member.guest ? t("room.member.banGuest") : t("room.member.ban"), t: "member.kick", d: { memberId, banMinutes: 60 }, danger: true });
  return actions;
}

/** Wires the dialog; returns `open(view, memberId, now)`. `ask(t, d)` sends a command. */
export function memberDialog(ask) {
  const dialog = byId("member");
  const reason = byId("member-reason");
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  // The button that opened the dialog may be gone, because rows are rebuilt.
  dialog.addEventListener("close", () => document.activeElement === document.body && byId("tab-people").focus());

  return (view, memberId, now) => {
    const member = memberOf(view, memberId);
    if (!member) return;
    setText(byId("member-title"), member.name);
    reason.value = "";
    const buttons = memberActions(view, member, now).map(({ label, t, d, danger }) => {
      const run = () => {
        const why = reason.value.trim();
        dialog.close();
        ask(t, t === "member.kick" && why !== "" ? { ...d, reason: why } : d);
      };
      return el("button", { class: danger ? "button button-wide button-warn" : "button button-wide", type: "button", text: label, on: { click: run } });
    });
    byId("member-actions").replaceChildren(...buttons);
    dialog.showModal();
  };
}
