// The list of members: one row each, with marks, and a moderation menu for those who may use it. Loaded when it is first looked at.

import { t } from "../../i18n/translate.js";
import { el, show } from "../../ui/dom.js";
import { part } from "../../elements/parts.js";
import { icon } from "../../ui/icons.js";
import { isOwnOther, moderatesMember } from "../protocol/model.js";
import { hueOf, initialOf } from "../protocol/names.js";

/** The marks beside a member's name. `pending` holds the ids that the room waits for; `own` is ourselves on another device. Pure. */
export function marksOf(member, { me, own = false, pending, now }) {
  const marks = [];
  if (member.id === me) marks.push(t("room.member.you"));
  if (own) marks.push(t("room.member.otherDevice"));
  if (member.guest) marks.push(t("room.member.guest"));
  if (member.away) marks.push(t("room.member.away"));
  else if (pending.includes(member.id)) marks.push(t("room.member.loading"));
  if (member.mutedUntil && timeOf(member.mutedUntil) > now) marks.push(t("room.member.muted"));
  return marks;
}

function timeOf(when) {
  return typeof when === "number" ? when : Date.parse(when);
}

/** The list of members in the side of a room. `open(id)` shows the moderation dialog of one. */
export class MembersView {
  constructor(side, { open }) {
    this.side = side;
    this.open = open;
    this.list = part(side, "members");
  }

  update(view, now) {
    const pending = view.state?.phase === "waiting" ? (view.state.pending ?? []) : [];
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.member : null;
    this.list.replaceChildren(...view.members.map((member) => this.#row(view, member, marksOf(member, { me: view.me, own: isOwnOther(view, member), pending, now }))));
    if (focused) (this.list.querySelector(`[data-member="${CSS.escape(focused)}"]`) ?? part(this.side, "tab-people")).focus();
    const waited = view.members.some(({ id }) => pending.includes(id));
    show(part(this.side, "members-note"), waited);
  }

  #row(view, member, marks) {
    const face = el("span", { class: "face", data: { hue: hueOf(member.name) }, "aria-hidden": "true", text: initialOf(member.name) });
    const name = el("span", { class: "member-name", dir: "auto", text: member.name });
    const role = { host: ["crown", t("room.member.host")], cohost: ["star", t("room.member.cohost")] }[member.role];
    const badge = role ? el("span", { class: `badge badge-${member.role}` }, icon(role[0]), el("span", { text: role[1] })) : null;
    const words = el("span", { class: "member-text" }, el("span", { class: "member-line" }, name, badge), marks.length > 0 ? el("span", { class: "member-marks", text: marks.join(" · ") }) : null);
    const row = el("li", { class: "member", data: { away: String(member.away === true) } }, face, words);
    if (moderatesMember(view, member)) {
      const more = el("button", { class: "button button-quiet button-small button-icon", type: "button", "aria-label": t("room.member.menu", { name: member.name }), title: t("room.member.menu", { name: member.name }), "aria-haspopup": "dialog", data: { member: member.id }, on: { click: () => this.open(member.id) } });
      more.append(icon("dots"));
      row.append(more);
    }
    return row;
  }
}
