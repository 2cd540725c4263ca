// The seek bar: played, buffered, where the pointer is. The range input under it is for keys and screen readers.

import { part } from "../../elements/parts.js";
import { spoken } from "../../format/time.js";
import { el, setAttribute } from "../../ui/dom.js";
import { t } from "../../i18n/translate.js";

const clamp = (value) => Math.min(1, Math.max(0, value));

/** `onPoint(fraction, x, width)` while the pointer is over the bar, `onPoint(null)` when it has left. */
export function seekBar(player, onPoint) {
  const { frame, video } = player;
  const bar = part(frame, "seek");
  const input = part(frame, "seek-input");
  const played = part(frame, "seek-played");
  const hover = part(frame, "seek-hover");
  const thumb = part(frame, "seek-thumb");
  const buffered = part(frame, "seek-buffered");
  let dragging = null;

  const draw = () => {
    const { duration } = player;
    const at = dragging ?? (duration > 0 ? clamp(player.time / duration) : 0);
    played.style.transform = `scaleX(${at})`;
    thumb.style.left = `${at * 100}%`;
    input.max = String(duration);
    input.value = String(at * duration);
    setAttribute(input, "aria-disabled", player.locked !== "");
    setAttribute(input, "aria-valuetext", t("player.position", { time: spoken(at * duration), duration: spoken(duration) }));
  };

  const drawBuffered = () => {
    const { duration } = player;
    const ranges = duration > 0 ? [...Array(video.buffered.length).keys()] : [];
    while (buffered.children.length > ranges.length) buffered.lastChild.remove();
    while (buffered.children.length < ranges.length) buffered.append(el("i"));
    for (const i of ranges) {
      const { style } = buffered.children[i];
      const start = video.buffered.start(i) / duration;
      style.left = `${start * 100}%`;
      style.width = `${(video.buffered.end(i) / duration - start) * 100}%`;
    }
  };

  const point = (event) => {
    const box = bar.getBoundingClientRect();
    const fraction = clamp((event.clientX - box.left) / box.width);
    hover.style.transform = `scaleX(${fraction})`;
    onPoint(fraction, fraction * box.width, box.width);
    return fraction;
  };
  const leave = () => {
    hover.style.transform = "scaleX(0)";
    onPoint(null);
  };

  bar.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || player.duration === 0) return;
    event.preventDefault();
    if (player.locked !== "") {
      // The request is made all the same: the controller says why it refuses.
      player.seekTo(point(event) * player.duration);
      return;
    }
    bar.setPointerCapture(event.pointerId);
    dragging = point(event);
    bar.dataset.dragging = "";
    input.focus({ preventScroll: true, focusVisible: false });
    draw();
  });
  bar.addEventListener("pointermove", (event) => {
    const fraction = point(event);
    if (dragging === null) return;
    dragging = fraction;
    draw();
  });
  const end = (event) => {
    if (dragging === null) return;
    if (event.type === "pointerup") player.seekTo(dragging * player.duration);
    dragging = null;
    delete bar.dataset.dragging;
    if (event.pointerType !== "mouse") leave();
    draw();
  };
  bar.addEventListener("pointerup", end);
  bar.addEventListener("pointercancel", end);
  bar.addEventListener("pointerleave", () => dragging === null && leave());

  // A screen reader's gesture changes the value without a key.
  input.addEventListener("input", () => player.seekTo(Number(input.value)) || draw());
  for (const event of ["timeupdate", "durationchange", "seeking", "seeked"]) video.addEventListener(event, draw);
  player.addEventListener("controlled", draw);
  for (const event of ["progress", "timeupdate", "durationchange", "seeked"]) video.addEventListener(event, drawBuffered);
  draw();
}
