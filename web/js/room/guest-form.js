// A guest's name, asked once and kept for the next room, and the key by which rooms know this browser again.

import { byId, setText, show } from "../ui/dom.js";
import { guestName } from "./names.js";

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
    // Asked again next time then.
  }
}

/** The key that a room has given this browser, or null. */
export function guestKey() {
  try {
    return localStorage.getItem(secretKey);
  } catch {
    return null;
  }
}

/** Keeps the key of a `welcome`. */
export function keepGuestKey(value) {
  try {
    if (typeof value === "string") localStorage.setItem(secretKey, value);
  } catch {
    // Somebody new next time then.
  }
}

/** Wires the form in the stage; returns `ask(room)`, which shows it. `join(name)` and `signIn()` are the two ways in. */
export function guestForm({ join, signIn }) {
  const form = byId("guest");
  const field = byId("guest-name");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = guestName(field.value);
    setText(byId("guest-error"), name === "" ? "Enter a name that the others will see." : "");
    field.setAttribute("aria-invalid", String(name === ""));
    if (name === "") {
      field.focus();
      return;
    }
    keep(name);
    show(form, false);
    join(name);
  });
  byId("guest-sign-in").addEventListener("click", signIn);
  return (room) => {
    setText(byId("guest-title"), room?.name || "Watch together");
    setText(byId("guest-text"), room?.title ? `You are invited to watch “${room.title}”. What shall the others call you?` : "What shall the others call you?");
    field.value = lastGuestName();
    show(form, true);
    field.focus({ preventScroll: true });
  };
}
