// Draws the cues of the captions that are on, above the controls.

import { part } from "../../elements/parts.js";
import { el } from "../../ui/dom.js";
import { chosenTrack } from "../sources/text-tracks.js";
import { lastDistinct, placeOf } from "./cue-place.js";
import { lookOf, looks } from "./caption-look.js";

// More at a time nobody reads, and a file with thousands for one moment would stop the page.
const mostCues = 8;
const mostCharacters = 2_000;

/** The layer of a player's captions. */
export class CueLayer {
  constructor(frame, video) {
    this.video = video;
    this.layer = part(frame, "cues");
    this.area = part(frame, "cues-area");
    const watched = new WeakSet();
    const draw = () => this.#draw();
    const watch = () => {
      for (const track of video.textTracks) {
        if (watched.has(track)) continue;
        watched.add(track);
        track.addEventListener("cuechange", draw);
      }
      draw();
    };
    for (const event of ["addtrack", "removetrack", "change"]) video.textTracks.addEventListener(event, watch);
    for (const event of ["seeked", "emptied", "loadeddata"]) video.addEventListener(event, draw);
    // In a phone's own full screen only the browser can draw.
    const hand = (mode) => () => {
      const track = chosenTrack(video);
      if (track) track.mode = mode;
    };
    video.addEventListener("webkitbeginfullscreen", hand("showing"));
    video.addEventListener("webkitendfullscreen", hand("hidden"));
    watch();
  }

  /** Applies a look: `{size, colour, ground}` as in caption-look.js. */
  setLook(stored) {
    const look = lookOf(stored);
    for (const [property, name] of Object.entries(look)) this.layer.style.setProperty(`--cue-${property}`, looks[property][name]);
    this.layer.toggleAttribute("data-outline", look.ground === "none");
  }

  #draw() {
    const track = chosenTrack(this.video);
    const cues = track?.mode === "hidden" ? lastDistinct(track.activeCues ?? [], mostCues) : [];
    this.area.replaceChildren(...this.#groups(cues, track?.language));
  }

  /** One box for each place, with the cues that share it one under the other. */
  #groups(cues, language) {
    const groups = new Map();
    for (const cue of cues) {
      const place = placeOf(cue);
      const key = JSON.stringify(place);
      if (!groups.has(key)) groups.set(key, this.#box(place));
      const text = el("span", { class: "cue-text", dir: "auto", lang: language || null });
      const isLong = cue.text?.length > mostCharacters;
      text.append(isLong ? cue.text.slice(0, mostCharacters) : (cue.getCueAsHTML?.() ?? cue.text ?? ""));
      groups.get(key).append(el("p", { class: "cue" }, text));
    }
    return groups.values();
  }

  #box({ edge, offset, left, width, align }) {
    const box = el("div", { class: "cue-box", data: { align } });
    box.style.setProperty(edge, `${offset}%`);
    box.style.left = `${left}%`;
    box.style.width = `${width}%`;
    return box;
  }
}
