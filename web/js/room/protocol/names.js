// The letter and the colour of a name, the same on every screen. Pure.

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

/** A guest's name with single spaces and at most 40 characters; empty when nothing of it is visible. */
export function guestName(text) {
  const name = [...text.replace(/\s+/g, " ").trim()].slice(0, 40).join("").trim();
  return /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u.test(name) ? name : "";
}
