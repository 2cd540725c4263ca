// The row of buttons under the seek bar.

import { part } from "../../elements/parts.js";
import { clock } from "../../format/time.js";
import { setAttribute, setText, show } from "../../ui/dom.js";
import { setIcon } from "../../ui/icons.js";
import { t } from "../../i18n/translate.js";

/** Wires play, skips, sound, time, picture in picture and full screen. `resized()` runs when the time has another length. */
export function buttons(player, signal, resized) {
  const { video, frame } = player;
  const face = (button, icon, label) => {
    setIcon(button, icon);
    setAttribute(button, "aria-label", label);
    setAttribute(button, "title", label);
  };

  const play = part(frame, "play");
  const centre = part(frame, "big-play");
  const drawPlay = () => {
    for (const button of [play, centre]) {
      if (video.ended) face(button, "replay", t("player.replay"));
      else if (player.paused) face(button, "play", t("player.play"));
      else face(button, "pause", t("player.pause"));
      if (player.locked !== "") face(button, player.paused ? "play" : "pause", player.locked);
      setAttribute(button, "aria-disabled", player.locked !== "");
    }
    frame.toggleAttribute("data-paused", video.paused);
    frame.toggleAttribute("data-ended", video.ended);
    frame.toggleAttribute("data-locked", player.locked !== "");
  };
  for (const button of [play, centre]) button.addEventListener("click", () => player.toggle());
  for (const [name, seconds] of [["back", -10], ["forward", 10], ["touch-back", -10], ["touch-forward", 10]]) {
    const button = part(frame, name);
    setAttribute(button, "title", button.getAttribute("aria-label"));
    button.addEventListener("click", () => player.seekBy(seconds));
  }
  for (const event of ["play", "pause", "ended", "seeked"]) video.addEventListener(event, drawPlay);
  player.addEventListener("controlled", drawPlay);

  const mute = part(frame, "mute");
  const volume = part(frame, "volume");
  const drawVolume = () => {
    const level = video.muted ? 0 : video.volume;
    face(mute, level === 0 ? "muted" : level < 0.5 ? "quiet" : "volume", t(level === 0 ? "player.unmute" : "player.mute"));
    volume.value = String(level);
    volume.style.setProperty("--level", `${level * 100}%`);
    setAttribute(volume, "aria-valuetext", t("player.percent", { count: Math.round(level * 100) }));
  };
  mute.addEventListener("click", () => player.mute());
  volume.addEventListener("input", () => player.setVolume(Number(volume.value)));
  video.addEventListener("volumechange", drawVolume);

  const now = part(frame, "time-now");
  const all = part(frame, "time-all");
  const drawTime = () => {
    const length = now.textContent.length + all.textContent.length;
    setText(now, clock(video.currentTime));
    setText(all, clock(player.duration));
    if (now.textContent.length + all.textContent.length !== length) resized();
  };
  for (const event of ["timeupdate", "durationchange", "seeking"]) video.addEventListener(event, drawTime);

  const full = part(frame, "full");
  const drawFull = () => {
    const isFull = document.fullscreenElement === player.screen;
    face(full, isFull ? "window" : "full", t(isFull ? "player.leaveFull" : "player.full"));
  };
  full.addEventListener("click", () => player.full());
  document.addEventListener("fullscreenchange", drawFull, { signal });
  show(full, document.fullscreenEnabled === true || "webkitEnterFullscreen" in video);

  const pip = part(frame, "pip");
  face(pip, "pip", t("player.pip"));
  pip.addEventListener("click", () => player.pip());
  // Picture in picture needs a video track.
  const drawPip = () => show(pip, player.canPip && video.videoWidth > 0);
  for (const event of ["loadedmetadata", "resize"]) video.addEventListener(event, drawPip);

  for (const draw of [drawPlay, drawVolume, drawTime, drawFull, drawPip]) draw();
}
