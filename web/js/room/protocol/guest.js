// What this browser keeps of a guest: the name, asked once and kept for the next room, and the key by which rooms recognise it.

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

/** Keeps a name for the next room. */
export function keepGuestName(name) {
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
