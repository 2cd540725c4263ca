// The dialog that shares the video's address, on request with a time.

import { part } from "../../elements/parts.js";
import { clock } from "../../format/time.js";
import { copyText } from "../../ui/copy.js";
import { setText, show } from "../../ui/dom.js";
import { t } from "../../i18n/translate.js";

/** The address of a video that starts at a time; whole seconds, 0 for the beginning. Pure. */
export function sharedAddress(address, seconds) {
  const url = new URL(address);
  url.hash = "";
  url.search = "";
  const whole = Math.floor(seconds);
  if (whole > 0) url.searchParams.set("t", String(whole));
  return url.href;
}

/** Wires the dialog; returns `open()`. `address()` is that of the video's page, `title()` its title. */
export function shareDialog(player, address, title) {
  const { frame } = player;
  const dialog = part(frame, "share");
  const field = part(frame, "share-link");
  const at = part(frame, "share-at");
  const native = part(frame, "share-native");
  let seconds = 0;
  const draw = () => (field.value = sharedAddress(address(), at.checked ? seconds : 0));
  at.addEventListener("change", draw);
  field.addEventListener("focus", () => field.select());
  part(frame, "share-copy").addEventListener("click", () => copyText(field.value, t("share.copied")));
  show(native, typeof navigator.share === "function");
  native.addEventListener("click", () => navigator.share({ title: title(), url: field.value }).catch(() => {}));
  return () => {
    seconds = Math.floor(player.time);
    at.checked = false;
    setText(part(frame, "share-at-text"), t("share.startAt", { time: clock(seconds) }));
    draw();
    dialog.showModal();
    field.focus();
  };
}
