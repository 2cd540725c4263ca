// Performs the actions of the connection's state machine: the WebSocket and the timers.

import { ServerClock } from "./clock.js";
import { Connection } from "./connection.js";

/** Monotonic milliseconds since the epoch: setting this machine's clock does not change them. */
const now = () => performance.timeOrigin + performance.now();

/**
 * A room's connection. Events, each with a `detail`: `status`, `welcome`, `snapshot`, `event`, `loose`, `answer`; they are
 * those of connection.js. `clock` estimates the server's.
 */
export class RoomSocket extends EventTarget {
  #socket = null;
  #timers = new Map();
  #nextTag = 1;
  #answers = new Map();

  constructor(url, { who, before = null }) {
    super();
    this.url = url;
    this.clock = new ServerClock();
    this.machine = new Connection({ who, before, now });
    this.wake = () => !document.hidden && this.#step({ type: "wake" });
    // After the network went offline a dead connection can look open for long, so it is probed as well.
    for (const event of ["online", "offline"]) window.addEventListener(event, this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  /** The estimated time of the server. */
  get serverNow() {
    return this.clock.at(now());
  }

  start() {
    this.#step({ type: "start" });
  }

  /** Leaves for good. */
  stop() {
    for (const event of ["online", "offline"]) window.removeEventListener(event, this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.#step({ type: "stop" });
  }

  /** Sends a message that needs no answer. */
  say(t, d) {
    this.#step({ type: "ask", t, d });
  }

  /** Asks; resolves with the answer's `d`, rejects with its error (`{code, title, retryAfter}`). */
  ask(t, d) {
    const tag = this.#nextTag;
    this.#nextTag += 1;
    return new Promise((resolve, reject) => {
      this.#answers.set(tag, { resolve, reject });
      this.#step({ type: "ask", t, d, tag });
    });
  }

  /** Reports that an event was lost on the way. */
  behind() {
    this.#step({ type: "behind" });
  }

  #step(event) {
    for (const action of this.machine.step(event)) this.#perform(action);
  }

  #perform(action) {
    switch (action.do) {
      case "open":
        return this.#open();
      case "close":
        return this.#drop();
      case "send":
        return this.#socket?.readyState === WebSocket.OPEN && this.#socket.send(JSON.stringify(action.message));
      case "timer":
        window.clearTimeout(this.#timers.get(action.name));
        return this.#timers.set(action.name, window.setTimeout(() => this.#step({ type: "timer", name: action.name }), action.ms));
      case "clear":
        return window.clearTimeout(this.#timers.get(action.name));
      case "clock":
        return this.clock.add(action);
      case "answer": {
        const waiting = this.#answers.get(action.tag);
        this.#answers.delete(action.tag);
        return action.error ? waiting?.reject(action.error) : waiting?.resolve(action.d);
      }
      default:
        return this.dispatchEvent(new CustomEvent(action.do, { detail: action }));
    }
  }

  #open() {
    this.#drop();
    this.clock.restart();
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    // Messages of an earlier socket are ignored.
    const step = (event) => socket === this.#socket && this.#step(event);
    socket.addEventListener("open", () => step({ type: "opened" }));
    socket.addEventListener("message", ({ data }) => step({ type: "message", text: data }));
    socket.addEventListener("close", ({ code }) => step({ type: "closed", code }));
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    if (socket && socket.readyState < WebSocket.CLOSING) socket.close();
  }
}
