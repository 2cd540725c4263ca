// The connection to a room as a pure state machine: events go in, actions come out. Sockets and timers are in socket.js.

import { delayBefore } from "./backoff.js";
import { afterClose } from "./close-codes.js";

const answerWithin = 10_000;
const silenceLimit = 25_000;
const clockBurst = 5;
const clockQuick = 200;
const clockSlow = 10_000;

/**
 * Events of `step`: `{type}` with `start`, `stop`, `opened`, `message` (`text`), `closed` (`code`), `timer` (`name`),
 * `wake` (the network or the machine is back), `behind` (an event must have been lost) and `ask` (`t`, `d`, `tag`).
 *
 * Actions: `{do}` with `open`, `close`, `send` (`message`), `timer` (`name`, `ms`), `clear` (`name`), and what the page is
 * told: `status` (`status`: `connecting`, `open`, `reconnecting` with `ms`, `ended` with `code` and `reason`), `welcome` (`d`),
 * `snapshot` (`snapshot`), `event` (an ordered one), `loose` (one that is not), `answer` (`tag`, `error`, `d`), `clock`.
 */
export class Connection {
  #state = "idle";
  #failures = 0;
  #nextId = 1;
  #asked = new Map();
  #resume = null;
  #seq = null;
  #held = null;
  #bye = null;
  #clocks = 0;
  // Whether a snapshot is still missing, so that events cannot be applied.
  #blank = true;

  /** `who`: `{token}` or `{name}`; `before`: what to resume; `random` from 0 to 1; `now` this machine's milliseconds. */
  constructor({ who, before = null, random = Math.random, now }) {
    this.who = who;
    this.#resume = before;
    this.random = random;
    this.now = now;
  }

  get state() {
    return this.#state;
  }

  /** What a later connection needs to resume this membership, or null. */
  get resume() {
    return this.#resume && { ...this.#resume, seq: this.#seq ?? this.#resume.seq };
  }

  step(event) {
    switch (event.type) {
      case "start":
        return this.#start();
      case "stop":
        return this.#stop();
      case "opened":
        return this.#opened();
      case "message":
        return this.#message(event.text);
      case "closed":
        return this.#closed(event.code);
      case "timer":
        return this.#timer(event.name);
      case "wake":
        return this.#wake();
      case "behind":
        return this.#state === "open" && this.#held === null ? this.#resync() : [];
      case "ask":
        return this.#ask(event);
      default:
        return [];
    }
  }

  #start() {
    if (this.#state !== "idle" && this.#state !== "ended") return [];
    this.#state = "connecting";
    this.#failures = 0;
    return [{ do: "status", status: "connecting" }, { do: "open" }];
  }

  #stop() {
    const open = this.#state === "open";
    const silent = this.#state === "ended" || this.#state === "idle";
    this.#state = "ended";
    if (silent) return [];
    const actions = open ? [{ do: "send", message: { t: "leave" } }] : [];
    return [...actions, ...this.#lost(), { do: "close" }, { do: "status", status: "ended", code: 0, reason: "" }];
  }

  #opened() {
    if (this.#state !== "connecting") return [];
    this.#bye = null;
    const resume = this.resume;
    const hello = { ...this.who, ...(resume ? { resume } : {}) };
    return [{ do: "send", message: { t: "hello", d: hello } }, { do: "timer", name: "welcome", ms: answerWithin }];
  }

  #message(text) {
    if (this.#state !== "connecting" && this.#state !== "open") return [];
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return [];
    }
    if (message === null || typeof message !== "object") return [];
    const alive = { do: "timer", name: "silence", ms: silenceLimit };
    if (message.re !== undefined) return [alive, ...this.#answer(message)];
    if (message.t === "welcome") return [alive, ...this.#welcome(message.d)];
    if (message.t === "bye") {
      this.#bye = message.d;
      return [alive];
    }
    if (this.#state !== "open") return [alive];
    if (message.t === "resync") return [alive, ...this.#snapshot(message.d)];
    if (Number.isInteger(message.seq)) return [alive, ...this.#ordered(message)];
    return [alive, { do: "loose", event: message }];
  }

  #closed(code) {
    if (this.#state !== "connecting" && this.#state !== "open") return [];
    const { back, afterMs, code: why, reason } = afterClose(code, this.#bye);
    const lost = this.#lost();
    if (!back) {
      this.#state = "ended";
      return [...lost, { do: "status", status: "ended", code: why, reason }];
    }
    this.#state = "waiting";
    this.#failures += 1;
    const ms = afterMs ?? delayBefore(this.#failures, this.random);
    return [...lost, { do: "status", status: "reconnecting", ms }, { do: "timer", name: "retry", ms }];
  }

  #timer(name) {
    if (name === "retry" && this.#state === "waiting") {
      this.#state = "connecting";
      return [{ do: "open" }];
    }
    // The server does not answer: this is handled like a broken connection.
    if ((name === "welcome" && this.#state === "connecting") || (name === "silence" && this.#state === "open")) {
      return [{ do: "close" }, ...this.#closed(1006)];
    }
    if (name === "clock" && this.#state === "open") return this.#clock();
    return [];
  }

  #wake() {
    if (this.#state === "waiting") return [{ do: "clear", name: "retry" }, ...this.#timer("retry")];
    // After a sleep a dead connection looks open until a request fails on it.
    if (this.#state === "open") return [...this.#clock(), { do: "timer", name: "silence", ms: answerWithin }];
    return [];
  }

  #ask({ t, d = {}, tag = null }) {
    if (this.#state !== "open") return tag === null ? [] : [{ do: "answer", tag, error: { code: "disconnected" }, d: null }];
    if (tag === null) return [{ do: "send", message: { t, d } }];
    return [{ do: "send", message: { t, id: this.#id({ tag }), d } }];
  }

  #id(asked) {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#asked.set(id, asked);
    return id;
  }

  #welcome(d) {
    this.#state = "open";
    this.#failures = 0;
    this.#clocks = 0;
    this.#held = null;
    const since = this.#seq ?? this.#resume?.seq ?? null;
    this.#resume = { memberId: d.memberId, secret: d.secret ?? this.#resume?.secret, epoch: d.epoch };
    const actions = [{ do: "clear", name: "welcome" }, { do: "status", status: "open" }, { do: "welcome", d }];
    if (d.snapshot) {
      this.#seq = d.seq;
      this.#blank = false;
      actions.push({ do: "snapshot", snapshot: d.snapshot });
    } else if (this.#blank) {
      this.#seq = d.seq;
      actions.push(...this.#resync());
    } else {
      this.#seq = since;
      for (const event of d.missed ?? []) actions.push(...this.#ordered(event));
      if (this.#seq !== d.seq && this.#held === null) actions.push(...this.#resync());
    }
    return [...actions, ...this.#clock()];
  }

  #ordered(event) {
    if (this.#held) {
      this.#held.push(event);
      return [];
    }
    if (event.seq <= this.#seq) return [];
    if (event.seq === this.#seq + 1) {
      this.#seq = event.seq;
      return [{ do: "event", event }];
    }
    return this.#resync([event]);
  }

  /** Requests a snapshot; events that arrive meanwhile are queued. */
  #resync(held = []) {
    this.#held = held;
    return [{ do: "send", message: { t: "resync", id: this.#id({ resync: true }), d: {} } }];
  }

  #snapshot({ epoch, seq, snapshot }) {
    const held = this.#held ?? [];
    this.#held = null;
    this.#blank = false;
    this.#resume = { ...this.#resume, epoch };
    this.#seq = seq;
    return [{ do: "snapshot", snapshot }, ...held.flatMap((event) => this.#ordered(event))];
  }

  #answer({ re, ok, d, err }) {
    const asked = this.#asked.get(re);
    if (!asked) return [];
    this.#asked.delete(re);
    if (asked.t0 !== undefined) return ok ? [{ do: "clock", t0: asked.t0, t1: d.t1, t2: d.t2, t3: this.now() }] : [];
    // Without the snapshot the page would stay wrong, so it reconnects.
    if (asked.resync) return ok ? this.#snapshot(d) : [{ do: "close" }, ...this.#closed(1006)];
    return [{ do: "answer", tag: asked.tag, error: ok ? null : (err ?? { code: "malformed" }), d: d ?? null }];
  }

  #clock() {
    const t0 = this.now();
    this.#clocks += 1;
    return [
      { do: "send", message: { t: "clock", id: this.#id({ t0 }), d: { t0: Math.round(t0) } } },
      { do: "timer", name: "clock", ms: this.#clocks < clockBurst ? clockQuick : clockSlow },
    ];
  }

  /** Rejects all open requests: no answer can arrive for them any more. */
  #lost() {
    const tags = [...this.#asked.values()].filter(({ tag }) => tag !== undefined);
    this.#asked.clear();
    this.#held = null;
    const timers = ["welcome", "silence", "clock", "retry"].map((name) => ({ do: "clear", name }));
    return [...timers, ...tags.map(({ tag }) => ({ do: "answer", tag, error: { code: "disconnected" }, d: null }))];
  }
}
