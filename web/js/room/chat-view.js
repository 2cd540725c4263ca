// The chat: its lines and its field. It scrolls to new lines unless the reader has scrolled up.

import { clock } from "../format/time.js";
import { t } from "../i18n/translate.js";
import { byId, el, setText, show } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { noticeSentence } from "../messages/rooms.js";
import { mayDelete, memberOf } from "./model.js";
import { hueOf } from "./names.js";

const nearEnd = 60;

/** `send(text, cmdId)` resolves when the server has accepted a message; `remove(msgId)` deletes one. */
export class ChatView {
  #rows = new Map();
  #command = null;
  #unseen = 0;

  constructor({ send, remove }) {
    this.send = send;
    this.remove = remove;
    this.list = byId("chat-list");
    this.form = byId("chat-form");
    this.field = byId("chat-text");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.list.addEventListener("scroll", () => this.#atEnd() && this.#seen());
    byId("chat-new").addEventListener("click", () => this.#toEnd());
  }

  /** Draws what has changed. `fresh` is true after a snapshot: screen readers then do not read old lines out. */
  update(view, fresh = false) {
    const stays = fresh || this.#atEnd();
    this.list.setAttribute("aria-live", fresh ? "off" : "polite");
    const wanted = new Set(view.lines.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    for (const line of view.lines) {
      if (this.#rows.has(line.id)) continue;
      const row = line.kind === "message" ? this.#message(line, view) : el("p", { class: "chat-notice", text: noticeSentence(line) });
      this.#rows.set(line.id, row);
      this.list.append(row);
      if (!stays && line.kind === "message") this.#unseen += 1;
    }
    for (const line of view.lines) {
      const button = this.#rows.get(line.id).querySelector(".chat-delete");
      if (button) show(button, mayDelete(view, line));
    }
    show(byId("chat-empty"), view.lines.length === 0);
    if (stays) this.#toEnd();
    show(byId("chat-new"), this.#unseen > 0);
    setText(byId("chat-new"), t("room.message.new", { count: this.#unseen }));
    this.field.maxLength = view.limits.chatLength ?? 500;
  }

  /** Enables or disables the field; `hint` is its placeholder and says why it is disabled. */
  allow(allowed, hint) {
    this.field.disabled = !allowed;
    this.field.placeholder = hint;
    byId("chat-send").disabled = !allowed;
  }

  #message(line, view) {
    const member = memberOf(view, line.from);
    const name = el("span", { class: "chat-name", dir: "auto", data: { hue: hueOf(line.name) }, text: line.name });
    const head = el("span", { class: "chat-head" }, name);
    if (line.guest) head.append(el("span", { class: "chat-guest", text: t("room.member.guest") }));
    if (member && member.role !== "member") head.append(el("span", { class: "badge", text: member.role === "host" ? t("room.member.host") : t("room.member.cohost") }));
    if (Number.isFinite(line.pos)) head.append(el("span", { class: "chat-at", text: clock(line.pos / 1000), title: t("room.message.position") }));
    const remove = el("button", { class: "chat-delete", type: "button", "aria-label": t("room.message.delete", { name: line.name }), title: t("common.delete"), on: { click: () => this.remove(line.id) } });
    remove.append(icon("trash"));
    return el("div", { class: line.from === view.me ? "chat-line chat-mine" : "chat-line" }, head, el("span", { class: "chat-text", dir: "auto", text: line.text }), remove);
  }

  async #submit() {
    const text = this.field.value.trim();
    if (text === "") return;
    // The same text sent again after a lost connection keeps its command id, so that the server accepts it once.
    if (this.#command?.text !== text) this.#command = { text, id: newCommandId() };
    const { id } = this.#command;
    try {
      await this.send(text, id);
      if (this.#command?.id === id) this.#command = null;
      if (this.field.value.trim() === text) this.field.value = "";
      this.#toEnd();
    } catch {
      // The text stays in the field; the error has been shown.
    }
    this.field.focus();
  }

  #atEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < nearEnd;
  }

  #toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
    this.#seen();
  }

  #seen() {
    this.#unseen = 0;
    show(byId("chat-new"), false);
  }
}

function newCommandId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
