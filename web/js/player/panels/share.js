// The dialog that shares the video's address, and the code that shows it on another site, on request with a time.

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

// The longer side of a frame, in pixels.
const longer = 640;

/** The frame for another site, as docs/embed.md has it; `renditions` give its shape, `address` is that of the video's page. Pure. */
export function embedCode(address, renditions, seconds) {
  const { width, height } = renditions.find((one) => one.width > 0 && one.height > 0) ?? { width: 16, height: 9 };
  const scale = longer / Math.max(width, height);
  const source = sharedAddress(address.replace("/watch/", "/embed/"), seconds);
  return `<iframe src="${source}" width="${Math.round(width * scale)}" height="${Math.round(height * scale)}" allow="autoplay; fullscreen; picture-in-picture"></iframe>`;
}

/** Wires the dialog; returns `open()`. `shared()` gives `{address, video}`: the address of the video's page, the video of the API. */
export function shareDialog(player, shared) {
  const { frame } = player;
  const dialog = part(frame, "share");
  const field = part(frame, "share-link");
  const code = part(frame, "share-embed");
  const at = part(frame, "share-at");
  const native = part(frame, "share-native");
  let seconds = 0;
  const draw = () => {
    const { address, video } = shared();
    const start = at.checked ? seconds : 0;
    field.value = sharedAddress(address, start);
    code.value = embedCode(address, video.renditions ?? [], start);
  };
  at.addEventListener("change", draw);
  for (const node of [field, code]) node.addEventListener("focus", () => node.select());
  part(frame, "share-copy").addEventListener("click", () => copyText(field.value, t("share.copied")));
  part(frame, "share-embed-copy").addEventListener("click", () => copyText(code.value, t("share.embedCopied")));
  show(native, typeof navigator.share === "function");
  native.addEventListener("click", () => navigator.share({ title: shared().video.title ?? "", url: field.value }).catch(() => {}));
  return () => {
    seconds = Math.floor(player.time);
    at.checked = false;
    setText(part(frame, "share-at-text"), t("share.startAt", { time: clock(seconds) }));
    draw();
    dialog.showModal();
    field.focus();
  };
}
