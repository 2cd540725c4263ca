// The form that asks a guest for a name. Loaded for a guest.

import { t } from "../../i18n/translate.js";
import { part, uniqueId } from "../../elements/parts.js";
import { setText, show } from "../../ui/dom.js";
import { keepGuestName, lastGuestName } from "../protocol/guest.js";
import { guestName } from "../protocol/names.js";

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
    keepGuestName(name);
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
