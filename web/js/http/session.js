// Who is signed in, kept in localStorage and shared between tabs.

const key = "videohost.session";
const changes = new EventTarget();

/**
 * `{token, expiresAt, name}` while it is valid, else null. `skew` of a session says how many milliseconds the server's clock
 * was ahead of this device's at the sign-in: a device whose clock is wrong stays signed in too.
 */
export function currentSession(now = Date.now()) {
  try {
    const session = JSON.parse(localStorage.getItem(key) ?? "null");
    const expires = Date.parse(session?.expiresAt);
    if (typeof session?.token === "string" && !(expires <= now + (session.skew ?? 0))) return session;
  } catch {
    // Unreadable or forbidden storage: nobody is signed in.
  }
  return memory;
}

// Without storage the session lives as long as the page.
let memory = null;

/** Whether the session outlives the page: a browser may forbid storage, or have no room. */
export function isStored() {
  return memory === null;
}

/** Signs in. */
export function openSession(session) {
  memory = null;
  try {
    localStorage.setItem(key, JSON.stringify(session));
  } catch {
    memory = session;
  }
  changes.dispatchEvent(new Event("change"));
}

/** Signs out. */
export function closeSession() {
  memory = null;
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was stored.
  }
  changes.dispatchEvent(new Event("change"));
}

/** Ends a session that the server does not accept any more. */
export function expireSession() {
  closeSession();
  changes.dispatchEvent(new Event("expired"));
}

/** Calls `handler()` when the server has ended a session that this page used. */
export function onExpired(handler) {
  changes.addEventListener("expired", handler);
}

/** Calls `handler(session)` at each sign-in and sign-out, here or in another tab. */
export function onSession(handler) {
  changes.addEventListener("change", () => handler(currentSession()));
  window.addEventListener("storage", (event) => {
    if (event.key === key || event.key === null) handler(currentSession());
  });
}
