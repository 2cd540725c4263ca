// The room's overlay on the video: whom it waits for, what the browser blocks, a lost connection.

import { t } from "../../i18n/translate.js";
import { part } from "../../elements/parts.js";
import { setText, show } from "../../ui/dom.js";
import { waitingSentence } from "../../messages/rooms.js";
import { controls, waitedFor } from "../protocol/model.js";

// A wait shorter than this shows nothing, to avoid a flicker.
const patience = 400;

/** `stage` holds player and overlay. `skip()` starts without the members who are still loading; `unblock()` runs after the click that the browser asks for. */
export class RoomOverlay {
  #timer = null;
  #status = "";
  #delay = 0;

  constructor(stage, { skip, unblock }) {
    const names = ["wait", "wait-text", "wait-skip", "join", "join-sound", "connection", "connection-text"];
    this.parts = Object.fromEntries(names.map((name) => [name, part(stage, name)]));
    this.parts["wait-skip"].addEventListener("click", skip);
    part(stage, "join-play").addEventListener("click", unblock);
    this.parts["join-sound"].addEventListener("click", unblock);
    // A dead connection looks open until it is probed; the device knows it at once.
    for (const event of ["online", "offline"]) window.addEventListener(event, () => this.#drawConnection());
  }

  update(view, own) {
    const waits = view.state?.phase === "waiting" && !own;
    setText(this.parts["wait-text"], waits ? waitingSentence(waitedFor(view)) : "");
    show(this.parts["wait-skip"], waits && controls(view) && view.state.resumeTo === "playing");
    if (!waits) {
      this.ended();
    } else if (this.#timer === null) {
      this.#timer = window.setTimeout(() => show(this.parts.wait, true), patience);
    }
  }

  /** Nothing is waited for any more. */
  ended() {
    window.clearTimeout(this.#timer);
    this.#timer = null;
    show(this.parts.wait, false);
  }

  blocked(what) {
    show(this.parts.join, what === "all");
    show(this.parts["join-sound"], what === "sound");
  }

  connection({ status, ms = 0 }) {
    this.#status = status;
    this.#delay = ms;
    this.#drawConnection();
  }

  #drawConnection() {
    const offline = navigator.onLine ? "" : t("fault.offline.title");
    const late = this.#delay > 4000 ? t("room.connectionLost") : t("room.reconnecting");
    const text = { open: offline, connecting: offline || t("room.connecting"), reconnecting: offline || late }[this.#status] ?? "";
    setText(this.parts["connection-text"], text);
    show(this.parts.connection, text !== "");
  }
}
