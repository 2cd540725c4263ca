// Playing through the browser's own HLS: phones without Media Source Extensions.

import { addMissing, listed, showTrack, showing } from "./text-tracks.js";

const retryLimit = 20;

/** The same interface as HlsSource; the browser chooses the level and does not tell which. */
export class NativeSource extends EventTarget {
  #url = "";
  #tries = 0;
  #timer = null;
  #startAt = 0;
  #offered = [];

  constructor(video) {
    super();
    this.video = video;
    this.levels = [];
    this.playing = -1;
    this.chosen = -1;
    video.addEventListener("error", () => this.#failed());
    video.addEventListener("playing", () => {
      this.#tries = 0;
      this.#tell("waiting", "");
    });
    video.addEventListener("loadedmetadata", () => {
      if (this.#startAt > 0) video.currentTime = this.#startAt;
      this.#startAt = 0;
      addMissing(video, this.#offered);
    });
    for (const event of ["addtrack", "change"]) video.textTracks.addEventListener(event, () => this.#tell("captions"));
  }

  choose() {}

  /** Always -1: the browser chooses the audio track. */
  get tracks() {
    return [];
  }

  know() {}

  /** The browser tells neither codecs nor bandwidth. */
  get facts() {
    return { way: "native", codecs: "", bandwidth: NaN };
  }

  get captions() {
    return listed(this.video);
  }

  get caption() {
    return showing(this.video);
  }

  chooseCaption(index) {
    showTrack(this.video, index);
  }

  /** Sets the captions of the API's answer, for browsers that do not read those of the stream. */
  offer(captions) {
    this.#offered = captions;
  }

  open(url, startAt = -1) {
    this.#url = url;
    this.#startAt = startAt;
    this.video.src = url;
    this.#tell("levels");
  }

  retry() {
    this.#tries = 0;
    this.#again();
  }

  close() {
    window.clearTimeout(this.#timer);
    this.video.removeAttribute("src");
    this.video.load();
  }

  #failed() {
    const code = this.video.error?.code;
    if (!this.video.hasAttribute("src")) return;
    // A segment that is not processed yet is a network error here, without a status.
    if (code === MediaError.MEDIA_ERR_NETWORK && this.#tries < retryLimit) {
      this.#tries += 1;
      this.#tell("waiting", "unmade");
      this.#timer = window.setTimeout(() => this.#again(), 2000);
      return;
    }
    this.#tell("fault", { kind: code === MediaError.MEDIA_ERR_NETWORK ? "network" : "media", fatal: true, status: 0 });
  }

  #again() {
    const at = this.video.currentTime;
    const playing = !this.video.paused;
    this.open(this.#url, at);
    if (playing) this.video.play().catch(() => {});
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
