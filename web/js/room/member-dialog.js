// What a host or a co-host can do about a member.

import { byId, el, setText } from "../ui/dom.js";
import { mayBan, memberOf, self } from "./model.js";

/** The entries for a member: `{label, t, d, danger}`: pure. */
export function memberActions(view, member, now) {
  const memberId = member.id;
  const host = self(view)?.role === "host";
  const muted = member.mutedUntil && (typeof member.mutedUntil === "number" ? member.mutedUntil : Date.parse(member.mutedUntil)) > now;
  const actions = [];
  if (host && member.role === "member") actions.push({ label: "Make co-host", t: "role.set", d: { memberId, role: "cohost" } });
  if (host && member.role === "cohost") actions.push({ label: "Take co-host away", t: "role.set", d: { memberId, role: "member" } });
  if (host) actions.push({ label: "Hand the room over", t: "role.set", d: { memberId, role: "host" } });
  if (muted) actions.push({ label: "Let write again", t: "member.mute", d: { memberId, seconds: 0 } });
  else actions.push({ label: "Mute in the chat for 5 minutes", t: "member.mute", d: { memberId, seconds: 300 } });
  actions.push({ label: "Remove from the room", t: "member.kick", d: { memberId }, danger: true });
  const others = member.guest ? ", and other guests of the same network" : "";
  if (mayBan(view)) actions.push({ label: `Remove and keep out for an hour${others}`, t: "member.kick", d: { memberId, banMinutes: 60 }, danger: true });
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
