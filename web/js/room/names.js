// What goes with a name: a letter and a colour, the same on every screen: pure.

const hues = 8;

/** A number from 0 to 7, for the colours in room-people.css. */
export function hueOf(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return sum % hues;
}

/** The first letter, as a capital. */
export function initialOf(name) {
  return ([...name.trim()][0] ?? "?").toUpperCase();
}

/** A name that a guest may have: without odd spaces, at most 40 characters; empty when nothing is left. */
export function guestName(text) {
  return [...text.replace(/\s+/g, " ").trim()].slice(0, 40).join("").trim();
}
