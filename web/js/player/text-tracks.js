// Captions through the browser's own text tracks, where it plays HLS by itself.

const isCaptions = ({ kind }) => kind === "subtitles" || kind === "captions";

/** The captions of a video element, as `{label, language, forced}`. */
export function listed(video) {
  return [...video.textTracks].filter(isCaptions).map(({ label, language }) => ({ label, language, forced: false }));
}

/** The index of the track that shows, or -1. */
export function showing(video) {
  return [...video.textTracks].filter(isCaptions).findIndex(({ mode }) => mode === "showing");
}

/** Shows the track at `index` alone; -1 shows none. */
export function showTrack(video, index) {
  for (const [at, track] of [...video.textTracks].filter(isCaptions).entries()) track.mode = at === index ? "showing" : "disabled";
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
