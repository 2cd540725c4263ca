// Pictures of other videos wait until the first frame of this one: on a slow line they would take its place.

const longestWait = 4_000;

/**
 * Lets the pictures of `main` load when `player` shows something or has failed, when the page scrolls, or after some seconds; at
 * once where nothing `plays`.
 */
export function picturesAfter(player, main, plays) {
  if (!plays) {
    main.dataset.pictures = "";
    return;
  }
  const end = new AbortController();
  const show = () => {
    end.abort();
    window.clearTimeout(timer);
    main.dataset.pictures = "";
  };
  const timer = window.setTimeout(show, longestWait);
  const options = { once: true, signal: end.signal };
  // The data of a frame are there a little before the frame is seen.
  const { media } = player;
  const wait = () => (media.requestVideoFrameCallback ? media.requestVideoFrameCallback(show) : show());
  media.addEventListener("loadeddata", wait, options);
  player.addEventListener("fault", show, options);
  window.addEventListener("scroll", show, { ...options, passive: true });
}
