// That this tab was removed from a room: a reload does not go in again by itself.

const key = (roomId) => `videohost.removed.${roomId}`;

/** Stores what `bye` gave as the reason, which may be empty. */
export function rememberRemoval(roomId, reason) {
  try {
    sessionStorage.setItem(key(roomId), reason);
  } catch {
    // Without storage a reload asks the server, which keeps banned people out.
  }
}

/** The stored reason, or null for who was not removed. */
export function removalReason(roomId) {
  try {
    return sessionStorage.getItem(key(roomId));
  } catch {
    return null;
  }
}

/** Forgets the removal, because the person asks to come in again. */
export function forgetRemoval(roomId) {
  try {
    sessionStorage.removeItem(key(roomId));
  } catch {
    // Nothing was stored.
  }
}
