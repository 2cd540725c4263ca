// A guest's name, asked once and kept for the next room, and the key by which rooms recognise this browser.

import { t } from "../../i18n/translate.js";
import { part, uniqueId } from "../../elements/parts.js";
import { setText, show } from "../../ui/dom.js";
import { guestName } from "../protocol/names.js";

const key = "videohost.guest";
const secretKey = "videohost.guest-key";

/** The name that was used last, or empty. */
export function lastGuestName() {
  try {
    return guestName(localStorage.getItem(key) ?? "");
  } catch {
    return "";
  }
}

function keep(name) {
  try {
    localStorage.setItem(key, name);
  } catch {
    // Without storage the name is asked again next time.
  }
}

/** The guest key that a server has issued to this browser, or null. */
export function guestKey() {
  try {
    return localStorage.getItem(secretKey);
  } catch {
    return null;
  }
}

/** Stores the guest key of a `welcome`. */
export function keepGuestKey(value) {
  try {
    if (typeof value === "string") localStorage.setItem(secretKey, value);
  } catch {
    // Without storage this browser is a new guest next time.
  }
}

/** Wires the form in the stage; returns `ask(room)`, which shows it. It calls `join(name)` or `signIn()`. */
export function guestForm(form, { join, signIn }) {
  const field = part(form, "name");
  const error = part(form, "error");
  field.setAttribute("aria-describedby", uniqueId(error));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = guestName(field.value);
    setText(error, name === "" ? t("room.guest.enterName") : "");
    field.setAttribute("aria-invalid", String(name === ""));
    if (name === "") {
      field.focus();
      return;
    }
    keep(name);
    show(form, false);
    join(name);
  });
  part(form, "sign-in").addEventListener("click", signIn);
  return (room) => {
    setText(part(form, "text"), room?.title ? t("room.guest.invited", { title: room.title }) : t("room.guest.ask"));
    field.value = lastGuestName();
    show(form, true);
    field.focus({ preventScroll: true });
  };
}
