// The dialogs of a room, which the page loads with the first one that is opened.

import { part } from "../../elements/parts.js";
import "../../elements/vh-dialog.js";
import { bansDialog } from "./bans.js";
import { invite } from "./invite.js";
import { memberDialog } from "./member-dialog.js";
import { roomSettings } from "./settings.js";
import { videoPicker } from "./video-picker.js";

/**
 * Wires the dialogs; returns one `open` function for each. `find(name)` gives a `<vh-dialog>`, `side` is the part with chat and
 * people, `ask(t, d)` sends a command, `command(t, d)` also says why one is refused, `now()` is the server's time.
 */
export function roomDialogs({ find, side, roomId, ask, command, now }) {
  // The buttons that opened these may be gone afterwards.
  for (const name of ["member", "bans"]) find(name).fallback = part(side, "tab-people");
  return {
    member: memberDialog(find("member"), command),
    bans: bansDialog(find("bans"), { ask, command, now }),
    picker: videoPicker(find("picker"), (videoId) => command("ctl.media", { videoId })),
    invitation: invite(find("invitation"), roomId),
    settings: roomSettings(find("room-settings"), roomId),
  };
}
