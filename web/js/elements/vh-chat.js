// <vh-chat>: the chat of a room.

import { clock } from "../format/time.js";
import { t } from "../i18n/translate.js";
import { noticeSentence, roomErrorSentence } from "../messages/rooms.js";
import { mayDelete, memberOf } from "../room/protocol/model.js";
import { hueOf } from "../room/protocol/names.js";
import { el, setText, show } from "../ui/dom.js";
import { icon, placeIcons } from "../ui/icons.js";
import { richText } from "../videos/rich-text.js";
import { part } from "./parts.js";

const nearEnd = 60;

/**
 * The lines of a chat and the field for a new one, in the light DOM. Its content is the partial `chat.mustache`. It scrolls to
 * new lines unless the reader has scrolled up. It may be moved within the page.
 *
 * Properties: `send(text, cmdId)`, which resolves when the server has accepted a message and rejects with the room's error, and `remove(messageId)`, which deletes
 * one; both are set by the page. `unread`: the number of messages of others that arrived while the end of the list was not in view.
 * Methods: `update(view, fresh)`, `allow(allowed, hint)`. Event, which does not bubble: `unread`, when that number has changed.
 */
export class VideohostChat extends HTMLElement {
  send = async () => {};
  remove = () => {};

  #rows = new Map();
  #command = null;
  #unseen = 0;
  // Whether the end of the list was last in view; a list that changes its size or place keeps it there.
  #follows = true;
  #height = 0;
  #allowed = false;
  #list = null;
  #field;

  connectedCallback() {
    if (this.#list) return;
    placeIcons(this);
    this.#list = part(this, "list");
    this.#field = part(this, "text");
    part(this, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#list.addEventListener("scroll", () => {
      // A list that has another height was scrolled by that, and not by a person.
      if (!this.#isInView || this.#list.clientHeight !== this.#height) return;
      this.#follows = this.#atEnd();
      if (this.#follows) this.#seen();
    });
    this.#field.addEventListener("input", () => this.#say(""));
    this.#field.addEventListener("blur", () => window.setTimeout(() => this.#lock()));
    part(this, "new").addEventListener("click", () => {
      this.#toEnd();
      this.#field.focus();
    });
    new ResizeObserver(() => {
      this.#height = this.#list.clientHeight;
      if (this.#follows) this.#toEnd();
    }).observe(this.#list);
    document.addEventListener("visibilitychange", () => this.#follows && this.#toEnd());
  }

  get unread() {
    return this.#unseen;
  }

  /** Draws what has changed. `fresh` is true after a snapshot: screen readers then do not read old lines out. */
  update(view, fresh = false) {
    const stays = fresh || this.#follows;
    const seen = fresh || (this.#follows && this.#isInView);
    const before = this.#unseen;
    this.#list.setAttribute("aria-live", fresh ? "off" : "polite");
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
      this.#list.append(row);
      if (!seen && line.kind === "message" && line.from !== view.me) this.#unseen += 1;
    }
    for (const line of view.lines) {
      const button = this.#rows.get(line.id).querySelector(".chat-delete");
      if (button) show(button, mayDelete(view, line));
    }
    show(part(this, "empty"), view.lines.length === 0);
    if (stays) this.#toEnd();
    this.#draw(before);
    this.#field.maxLength = view.limits.chatLength ?? 500;
  }

  /** Allows or refuses messages; `hint` is the field's placeholder and says why they are refused. */
  allow(allowed, hint) {
    this.#allowed = allowed;
    this.#field.placeholder = hint;
    part(this, "send").disabled = !allowed;
    this.#lock();
  }

  /** Who is writing while the connection is lost goes on writing; a disabled field would take focus and keyboard away. */
  #lock() {
    this.#field.disabled = !this.#allowed && document.activeElement !== this.#field;
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
    const words = richText(line.text).map(({ text, href }) => (href ? el("a", { href, rel: "nofollow ugc noopener", target: "_blank", text }) : text));
    return el("div", { class: line.from === view.me ? "chat-line chat-mine" : "chat-line" }, head, el("span", { class: "chat-text", dir: "auto" }, ...words), remove);
  }

  async #submit() {
    const text = this.#field.value.trim();
    if (text === "" || !this.#allowed) return;
    // The same text sent again after a lost connection keeps its command id, so that the server accepts it once.
    if (this.#command?.text !== text) this.#command = { text, id: newCommandId() };
    const { id } = this.#command;
    try {
      await this.send(text, id);
      if (this.#command?.id === id) this.#command = null;
      if (this.#field.value.trim() === text) this.#field.value = "";
      this.#say("");
      this.#toEnd();
    } catch (error) {
      // The text stays in the field.
      this.#say(roomErrorSentence(error));
    }
    this.#field.focus();
  }

  /** Why a message was refused: it stands over the field until one is accepted or the text is changed. */
  #say(words) {
    setText(part(this, "refused"), words);
    show(part(this, "refused"), words !== "");
  }

  #atEnd() {
    return this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < nearEnd;
  }

  /** Whether somebody can see the list: it has a place on the page, and the page is visible. */
  get #isInView() {
    return !document.hidden && this.#list.clientHeight > 0;
  }

  #toEnd() {
    this.#follows = true;
    this.#list.scrollTop = this.#list.scrollHeight;
    if (this.#isInView) this.#seen();
  }

  #seen() {
    const before = this.#unseen;
    this.#unseen = 0;
    this.#draw(before);
  }

  #draw(before) {
    show(part(this, "new"), this.#unseen > 0);
    setText(part(this, "new"), this.#unseen > 0 ? t("room.message.new", { count: this.#unseen }) : "");
    if (this.#unseen !== before) this.dispatchEvent(new Event("unread"));
  }
}

customElements.define("vh-chat", VideohostChat);

function newCommandId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
