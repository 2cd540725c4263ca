// The list of bans, in which the owner and the host can lift one.

import { amount } from "../../format/time.js";
import { t } from "../../i18n/translate.js";
import { part } from "../../elements/parts.js";
import { roomErrorSentence } from "../../messages/rooms.js";
import { el, setText, show } from "../../ui/dom.js";

/** What a ban says: whom it covers, who made it, how long it lasts. Pure. */
export function banText({ guest, by, until }, now) {
  const minutes = Math.max(1, Math.ceil((until - now) / 60_000));
  const left = minutes < 90 ? amount(minutes, "minute") : amount(Math.round(minutes / 60), "hour");
  return [guest ? t("room.bans.network") : "", t("room.bans.by", { name: by }), t("time.left", { amount: left })].filter(Boolean).join(" · ");
}

/**
 * Wires the dialog, a `<vh-dialog>`; returns `open()`. `ask(t, d)` sends a command and gives its answer, `command(t, d)` says
 * itself why one is refused; `now()` is the server's time.
 */
export function bansDialog(dialog, { ask, command, now }) {
  const list = part(dialog, "list");
  const note = part(dialog, "note");
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const buttons = [...dialog.querySelectorAll("button")];
    const [from, to] = event.shiftKey ? [buttons[0], buttons.at(-1)] : [buttons.at(-1), buttons[0]];
    if (document.activeElement !== from) return;
    event.preventDefault();
    to.focus();
  });

  const row = (ban, place) => {
    const lift = async () => {
      await command("ban.lift", { memberId: ban.memberId });
      await load();
      // The pressed button is gone, so the button that took its position gets the focus.
      (list.children[place]?.querySelector("button") ?? part(dialog, "close")).focus();
    };
    const words = el("span", { class: "member-text" }, el("span", { class: "member-name", dir: "auto", text: ban.name }), el("span", { class: "member-marks", text: banText(ban, now()) }));
    return el("li", { class: "member" }, words, el("button", { class: "button button-small", type: "button", text: t("room.bans.lift"), on: { click: lift } }));
  };

  const load = async () => {
    let bans = [];
    let words = t("room.bans.none");
    try {
      ({ bans } = await ask("ban.list", {}));
    } catch (error) {
      words = roomErrorSentence(error);
    }
    list.replaceChildren(...bans.map(row));
    setText(note, words);
    show(note, bans.length === 0);
  };

  return () => {
    list.replaceChildren();
    dialog.open();
    load();
  };
}
