// The row of buttons under the seek bar.

import { clock } from "../format/time.js";
import { byId, setAttribute, setText, show } from "../ui/dom.js";
import { setIcon } from "../ui/icons.js";

/** Wires play, sound, time, picture in picture and full screen. */
export function buttons(player) {
  const { video, frame } = player;
  const face = (button, icon, label) => {
    setIcon(button, icon);
    setAttribute(button, "aria-label", label);
    setAttribute(button, "title", label);
  };

  const play = byId("play");
  const drawPlay = () => {
    if (video.ended) face(play, "replay", "Play again (k)");
    else if (player.paused) face(play, "play", "Play (k)");
    else face(play, "pause", "Pause (k)");
    if (player.locked !== "") face(play, player.paused ? "play" : "pause", player.locked);
    setAttribute(play, "aria-disabled", player.locked !== "");
    frame.toggleAttribute("data-paused", video.paused);
    frame.toggleAttribute("data-locked", player.locked !== "");
  };
  play.addEventListener("click", () => player.toggle());
  for (const event of ["play", "pause", "ended", "seeked"]) video.addEventListener(event, drawPlay);
  player.addEventListener("controlled", drawPlay);

  const mute = byId("mute");
  const volume = byId("volume");
  const drawVolume = () => {
    const level = video.muted ? 0 : video.volume;
    face(mute, level === 0 ? "muted" : level < 0.5 ? "quiet" : "volume", level === 0 ? "Sound on (m)" : "Mute (m)");
    volume.value = String(level);
    volume.style.setProperty("--level", `${level * 100}%`);
    setAttribute(volume, "aria-valuetext", `${Math.round(level * 100)} percent`);
  };
  mute.addEventListener("click", () => player.mute());
  volume.addEventListener("input", () => player.setVolume(Number(volume.value)));
  video.addEventListener("volumechange", drawVolume);

  const drawTime = () => {
    setText(byId("time-now"), clock(video.currentTime));
    setText(byId("time-all"), clock(player.duration));
  };
  for (const event of ["timeupdate", "durationchange", "seeking"]) video.addEventListener(event, drawTime);

  const full = byId("full");
  const drawFull = () => face(full, document.fullscreenElement ? "window" : "full", document.fullscreenElement ? "Leave full screen (f)" : "Full screen (f)");
  full.addEventListener("click", () => player.full());
  document.addEventListener("fullscreenchange", drawFull);
  show(full, document.fullscreenEnabled === true || "webkitEnterFullscreen" in video);

  const pip = byId("pip");
  face(pip, "pip", "Picture in picture (i)");
  pip.addEventListener("click", () => player.pip());
  // Picture in picture needs a video track.
  const drawPip = () => show(pip, player.canPip && video.videoWidth > 0);
  for (const event of ["loadedmetadata", "resize"]) video.addEventListener(event, drawPip);

  for (const draw of [drawPlay, drawVolume, drawTime, drawFull, drawPip]) draw();
}
