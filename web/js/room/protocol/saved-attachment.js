// Keeps a member's attachment to a room over a reload in sessionStorage. The unloading page writes it and the new page
// removes it when it reads it, so that a duplicated tab does not take over the first tab's attachment.

const key = (roomId) => `videohost.place.${roomId}`;

/** Stores `resume`, or nothing when it is null. `who` identifies the member. */
export function saveAttachment(roomId, who, resume) {
  try {
    // The new page has no state to apply events to: without an epoch the server sends a snapshot.
    if (resume) sessionStorage.setItem(key(roomId), JSON.stringify({ who, resume: { ...resume, epoch: "", seq: 0 } }));
  } catch {
    // Without storage the page joins as a new member.
  }
}

/** Removes and returns what `who` stored, or null. */
export function takeAttachment(roomId, who) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key(roomId)) ?? "null");
    sessionStorage.removeItem(key(roomId));
    return kept?.who === who && typeof kept.resume?.secret === "string" ? kept.resume : null;
  } catch {
    return null;
  }
}
