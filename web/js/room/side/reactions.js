// Reactions: emoji that rise over the video and disappear.

import { t } from "../../i18n/translate.js";
import { el } from "../../ui/dom.js";

const signs = { thumbsUp: "👍", laughing: "😂", surprised: "😮", sad: "😢", applause: "👏", heart: "❤️" };
const most = 30;

/** Wires the buttons in `bar` and the `box` over the picture; `send(emoji)` tells the room. Returns `fly(emoji, name)` for one that came, and `allow(allowed)`. */
export function reactions({ box, bar }, send) {
  for (const [name, sign] of Object.entries(signs)) {
    const label = t(`room.reaction.${name}`);
    bar.append(el("button", { class: "reaction-button", type: "button", "aria-label": label, title: label, text: sign, on: { click: () => send(sign) } }));
  }
  const allow = (allowed) => {
    for (const button of bar.children) button.disabled = !allowed;
  };
  const fly = (emoji, name) => {
    if (box.children.length >= most) box.firstChild.remove();
    const node = el("span", { class: "reaction" }, el("span", { class: "reaction-sign", text: emoji }), el("span", { class: "reaction-name", dir: "auto", text: name }));
    node.style.setProperty("--x", `${8 + Math.random() * 70}%`);
    node.addEventListener("animationend", () => node.remove());
    box.append(node);
  };
  return { fly, allow };
}
