// Playing on another device: AirPlay, or the Remote Playback API that Chromium offers for Cast.

import { part } from "../elements/parts.js";
import { show } from "../ui/dom.js";
import { t } from "../i18n/translate.js";

/** Shows the button while the browser knows a device for what plays, until the signal. */
export function remotePlayback(frame, video, signal) {
  const button = part(frame, "remote");
  for (const name of ["aria-label", "title"]) button.setAttribute(name, t("player.remote"));
  if ("webkitShowPlaybackTargetPicker" in video) {
    video.addEventListener("webkitplaybacktargetavailabilitychanged", ({ availability }) => show(button, availability === "available"));
    button.addEventListener("click", () => video.webkitShowPlaybackTargetPicker());
    return;
  }
  if (!video.remote) return;
  button.addEventListener("click", () => video.remote.prompt().catch(() => {}));
  // Refused where devices are not looked for, as on a desktop without a router for them.
  video.remote.watchAvailability((available) => show(button, available)).catch(() => {});
  signal.addEventListener("abort", () => video.remote.cancelWatchAvailability().catch(() => {}));
}
