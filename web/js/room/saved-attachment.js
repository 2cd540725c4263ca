// A member's place over a reload: the page that is left keeps it, the page that comes takes it, so that a second tab that
// was made from the first does not take it away.

const key = (roomId) => `videohost.place.${roomId}`;

/** Keeps `resume`, or nothing when it is null. `who` tells whose place it is. */
export function saveAttachment(roomId, who, resume) {
  try {
    // The page that comes has nothing to add events to: with no epoch the server sends everything.
    if (resume) sessionStorage.setItem(key(roomId), JSON.stringify({ who, resume: { ...resume, epoch: "", seq: 0 } }));
  } catch {
    // A new place then.
  }
}

/** Takes the place that `who` has left, or null. */
export function takeAttachment(roomId, who) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key(roomId)) ?? "null");
    sessionStorage.removeItem(key(roomId));
    return kept?.who === who && typeof kept.resume?.secret === "string" ? kept.resume : null;
  } catch {
    return null;
  }
}
