// The server's clock, estimated: pure. The exchange with the shortest round trip of the last eight counts.

const kept = 8;

/** Offsets are milliseconds to add to this machine's clock. */
export class ServerClock {
  #samples = [];
  #outdated = false;

  /** An exchange: sent at `t0` and answered at `t3` by our clock, received at `t1` and sent at `t2` by the server's. */
  add({ t0, t1, t2, t3 }) {
    const roundTrip = t3 - t0 - (t2 - t1);
    // A local clock that was set during the exchange gives an impossible round trip.
    if (!Number.isFinite(roundTrip) || roundTrip < 0) return;
    if (this.#outdated) this.#samples = [];
    this.#outdated = false;
    this.#samples.push({ roundTrip, offset: (t1 - t0 + (t2 - t3)) / 2 });
    if (this.#samples.length > kept) this.#samples.shift();
  }

  /** Drops old exchanges at the next one: a new connection may take another route, or this machine has slept. */
  restart() {
    this.#outdated = true;
  }

  get isKnown() {
    return this.#samples.length > 0;
  }

  /** The shortest round trip of those kept, or null. */
  get roundTrip() {
    return this.#best()?.roundTrip ?? null;
  }

  get offset() {
    return this.#best()?.offset ?? 0;
  }

  /** The server's time at `local`. */
  at(local) {
    return local + this.offset;
  }

  #best() {
    // Of equal round trips the newest counts, because clocks drift.
    return this.#samples.reduce((best, one) => (best === null || one.roundTrip <= best.roundTrip ? one : best), null);
  }
}
