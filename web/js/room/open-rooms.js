// Public rooms on the start page.

import { listRooms } from "../http/api.js";
import { has, t } from "../i18n/translate.js";
import { part } from "../elements/parts.js";
import { el, show } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { Trouble } from "../ui/trouble.js";

/** The line under a room's name. Pure. */
export function roomFacts({ members, phase, owner }) {
  return [t("room.members", { count: members }), has(`room.phase.${phase}`) ? t(`room.phase.${phase}`) : "", owner?.username ? t("room.owner", { name: owner.username }) : ""].filter(Boolean).join(" · ");
}

function roomCard(room) {
  const sign = el("span", { class: "room-card-sign" }, icon("people"));
  const words = el(
    "span",
    { class: "room-card-text" },
    el("span", { class: "room-card-name", dir: "auto", text: room.name || t("page.room") }),
    el("span", { class: "room-card-title", dir: "auto", text: room.title ?? "" }),
    el("span", { class: "room-card-meta", text: roomFacts(room) }),
  );
  return el("li", {}, el("a", { class: "room-card", href: `/room.html?id=${encodeURIComponent(room.id)}` }, sign, words));
}

/** The section of public rooms. It stays hidden while there are none, and on servers without rooms. */
export class OpenRooms {
  #next = null;

  /** `section` has the list. */
  constructor(section) {
    this.section = section;
    this.list = part(section, "rooms-grid");
    this.more = part(section, "rooms-more");
    this.trouble = new Trouble(this.more.parentElement);
    this.more.addEventListener("click", () => this.#load(this.#next));
  }

  async reload() {
    await this.#load(null);
  }

  async #load(cursor) {
    const { list } = this;
    this.trouble.clear();
    try {
      const { data, page } = await listRooms(cursor);
      if (cursor === null) list.replaceChildren();
      list.append(...data.map(roomCard));
      this.#next = page?.next ?? null;
    } catch (problem) {
      // Where there were none, the page works without this section.
      if (list.children.length > 0) this.trouble.tell(problem, () => this.#load(cursor));
      return;
    }
    show(this.section, list.children.length > 0);
    show(this.more, this.#next !== null);
  }
}
