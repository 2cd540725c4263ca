// What the room lays over the picture: who is waited for, what the browser does not allow, the broken connection.

import { byId, setText, show } from "../ui/dom.js";
import { waitingSentence } from "../messages/rooms.js";
import { controls, waitedFor } from "./model.js";

// Waits that are over at once would only flicker.
const patience = 400;

/** `skip()` begins without those who are waited for; `unblock()` runs after a click on what the browser asks for. */
export class RoomOverlay {
  #timer = null;

  constructor({ skip, unblock }) {
    byId("wait-skip").addEventListener("click", skip);
    byId("join-play").addEventListener("click", unblock);
    byId("join-sound").addEventListener("click", unblock);
  }

  update(view, own) {
    const waits = view.state?.phase === "waiting" && !own;
    setText(byId("wait-text"), waits ? waitingSentence(waitedFor(view)) : "");
    show(byId("wait-skip"), waits && controls(view) && view.state.resumeTo === "playing");
    if (!waits) {
      window.clearTimeout(this.#timer);
      this.#timer = null;
      show(byId("wait"), false);
    } else if (this.#timer === null) {
      this.#timer = window.setTimeout(() => show(byId("wait"), true), patience);
    }
  }

  blocked(what) {
    show(byId("join"), what === "all");
    show(byId("join-sound"), what === "sound");
  }

  connection({ status, ms = 0 }) {
    const text = { connecting: "Connecting…", reconnecting: ms > 4000 ? "Connection lost. Trying again soon…" : "Reconnecting…" }[status] ?? "";
    setText(byId("connection-text"), text);
    show(byId("connection"), text !== "");
  }
}
