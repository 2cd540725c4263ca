// The keys of the player, for the dialog that lists them.

import { t } from "../../i18n/translate.js";
import { el } from "../../ui/dom.js";

/** Keys and what they do. */
export const shortcuts = () =>
  [
    [["Space", "K"], "toggle"],
    [["←", "→"], "five"],
    [["J", "L"], "ten"],
    [["↑", "↓"], "volume"],
    [["M"], "mute"],
    [["C"], "captions"],
    [["F"], "full"],
    [["T"], "wide"],
    [["I"], "pip"],
    [["0", "–", "9"], "share"],
    [["Home", "End"], "ends"],
    [["⇧ N"], "next"],
    [["<", ">"], "speed"],
    [[",", "."], "frame"],
    [["?"], "help"],
  ].map(([keys, name]) => [keys, t(`keys.${name}`)]);

/** A row of the dialog for each of them. */
export function shortcutRows() {
  return shortcuts().map(([keys, what]) => el("div", { class: "shortcut" }, el("dt", {}, ...keys.map((key) => (key === "–" ? "–" : el("kbd", { text: key })))), el("dd", { text: what })));
}

/** Whether the device has keys to press: one that is only touched offers no shortcuts. */
export function hasKeys() {
  return !window.matchMedia("(hover: none) and (pointer: coarse)").matches;
}
