// Media keys, headsets and lock screens.

/**
 * Wires `navigator.mediaSession` to a player, whose commands may go to a room, until the signal. `next()` is what goes to the
 * next video, or null. Returns `describe({title, artist, poster})`; a video that plays already takes the keys with its first call.
 */
export function mediaSession(player, signal, next) {
  const session = navigator.mediaSession;
  if (!session) return () => {};
  const { video } = player;
  const handlers = {
    play: () => player.paused && player.toggle(),
    pause: () => player.paused || player.toggle(),
    stop: () => player.paused || player.toggle(),
    seekbackward: ({ seekOffset }) => player.seekBy(-(seekOffset ?? 10)),
    seekforward: ({ seekOffset }) => player.seekBy(seekOffset ?? 10),
    seekto: ({ seekTime }) => player.seekTo(seekTime),
  };
  let facts = null;
  const place = () => {
    const { duration, time } = player;
    try {
      session.setPositionState?.(duration > 0 ? { duration, position: Math.min(duration, time), playbackRate: video.playbackRate || 1 } : undefined);
    } catch {
      // Some browsers refuse a position while the duration changes.
    }
  };
  const take = () => {
    session.metadata = facts;
    session.playbackState = video.paused ? "paused" : "playing";
    listen({ ...handlers, nexttrack: next() });
    place();
  };
  const listen = (all) => {
    for (const [action, handler] of Object.entries(all)) {
      try {
        session.setActionHandler(action, handler);
      } catch {
        // This browser does not support this action.
      }
    }
  };
  signal.addEventListener("abort", () => {
    if (facts === null || session.metadata !== facts) return;
    // The keys belong to nobody until another player starts.
    session.metadata = null;
    session.playbackState = "none";
    session.setPositionState?.();
    listen(Object.fromEntries([...Object.keys(handlers), "nexttrack"].map((action) => [action, null])));
  });
  // The player that was started last has the keys.
  for (const event of ["play", "playing"]) video.addEventListener(event, take);
  video.addEventListener("pause", () => session.metadata === facts && (session.playbackState = "paused"));
  for (const event of ["seeked", "ratechange", "durationchange"]) video.addEventListener(event, () => session.metadata === facts && place());
  return ({ title, artist = "", poster = null }) => {
    const artwork = poster ? [{ src: new URL(poster, window.location.href).href }] : [];
    const mine = session.metadata !== null && session.metadata === facts;
    const comesLate = facts === null && !video.paused;
    facts = new MediaMetadata({ title, artist, artwork });
    if (comesLate) take();
    else if (mine) session.metadata = facts;
  };
}
