// What comes after the video of a watch page: the cards below it.

import { inTurn } from "../player/next-video.js";
import { loadSeen, saveSeen } from "../player/memory.js";

/** The videos of the cards in a list, for `suggest` of a player that shows `id`; the one that plays next is the first. */
export function suggestions(list, id) {
  saveSeen(id);
  const others = [];
  for (const link of list.querySelectorAll("a[href*='/watch/']")) {
    const address = new URL(link.href);
    const found = decodeURIComponent(address.pathname.split("/watch/")[1] ?? "");
    if (found === "" || found === id || others.some((other) => other.id === found)) continue;
    const card = link.closest("li") ?? link;
    const image = card.querySelector("img");
    others.push({
      id: found,
      title: card.querySelector(".card-title")?.textContent.trim() ?? "",
      address: address.href,
      poster: image?.currentSrc || image?.getAttribute("src") || "",
      length: card.querySelector(".card-time")?.textContent ?? "",
    });
  }
  return inTurn(others, loadSeen());
}

/**
 * How the video of a page begins: `sound` for who came from another page of this site, whose click was for it; `muted` if need be
 * for who has `waited` for it, as the card has told; else empty.
 */
export function arrival({ referrer, saveData, waited = false }, origin) {
  if (saveData) return "";
  if (waited) return "muted";
  return referrer.startsWith(`${origin}/`) ? "sound" : "";
}
