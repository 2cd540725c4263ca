// Captions through the browser's own text tracks, where it plays HLS by itself.

const isCaptions = ({ kind }) => kind === "subtitles" || kind === "captions";

/** The captions of a video element, as `{label, language, forced}`. */
export function listed(video) {
  return [...video.textTracks].filter(isCaptions).map(({ label, language }) => ({ label, language, forced: false }));
}

/** The track that is on, or null: its cues are drawn by the page, so the browser hides them. */
export function chosenTrack(video) {
  return [...video.textTracks].find((track) => isCaptions(track) && track.mode !== "disabled") ?? null;
}

/** The index of the track that is on, or -1. */
export function showing(video) {
  return [...video.textTracks].filter(isCaptions).findIndex(({ mode }) => mode !== "disabled");
}

/** Turns the track at `index` on and the others off; -1 turns all off. */
export function showTrack(video, index) {
  for (const [at, track] of [...video.textTracks].filter(isCaptions).entries()) track.mode = at === index ? "hidden" : "disabled";
}

/** Adds the captions that the browser did not find in the stream; `captions` as in the API's answer, with `url`. */
export function addMissing(video, captions) {
  if ([...video.textTracks].some(isCaptions)) return;
  for (const { language, label, url } of captions) {
    const track = document.createElement("track");
    track.kind = "subtitles";
    track.srclang = language;
    track.label = label;
    track.src = url;
    video.append(track);
  }
}
