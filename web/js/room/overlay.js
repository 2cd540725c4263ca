// The room's overlay on the video: whom it waits for, what the browser blocks, a lost connection.

import { t } from "../i18n/translate.js";
import { byId, setText, show } from "../ui/dom.js";
import { waitingSentence } from "../messages/rooms.js";
import { controls, waitedFor } from "./model.js";

// A wait shorter than this shows nothing, to avoid a flicker.
const patience = 400;

/** `skip()` starts without the members who are still loading; `unblock()` runs after the click that the browser asks for. */
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
    const text = { connecting: t("room.connecting"), reconnecting: ms > 4000 ? t("room.connectionLost") : t("room.reconnecting") }[status] ?? "";
    setText(byId("connection-text"), text);
    show(byId("connection"), text !== "");
  }
}
