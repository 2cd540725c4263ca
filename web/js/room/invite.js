// Inviting others: the room's address, copied.

import { t } from "../i18n/translate.js";
import { copyText } from "../ui/copy.js";
import { byId } from "../ui/dom.js";

/** The room's address for others: this page's, without our own parameters. */
export function inviteAddress(location, roomId) {
  return `${location.origin}${location.pathname}?id=${encodeURIComponent(roomId)}`;
}

/** Wires the button. */
export function invite(roomId) {
  byId("invite").addEventListener("click", () => copyText(inviteAddress(window.location, roomId), t("room.invited")));
}
